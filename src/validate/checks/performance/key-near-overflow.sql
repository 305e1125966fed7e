-- Check: Integer key near its end
-- Severity: warning
-- Cost: C2
-- Mode: probes
-- Parameter: percent = 50, of what its type holds, at least
-- Why: at 2,147,483,647 (32,767 of a smallint) each insert fails, and a change to bigint rewrites the whole table under
--   a lock then.
-- Fix: change it to bigint while there is time: a new column filled in batches, or the type change at a quiet time. Columns
--   that reference it change with it.
SELECT c.label AS object,
       format('%s, of type %s, is more than {percent} %% through its range', c.label, c.type_name) AS message,
       0 AS bytes,
       format('SELECT m.highest, round(100.0 * m.highest / %s, 1) AS percent FROM (SELECT max(%s) AS highest FROM %s) m'
              ' WHERE m.highest >= %s', l.most, c.quoted, c.table_label, floor(l.most * {percent} / 100.0)) AS probe,
       format('ALTER TABLE %s ALTER COLUMN %s TYPE bigint', c.table_label, c.quoted) AS fix
  FROM user_column c
 CROSS JOIN LATERAL (SELECT CASE c.type WHEN 21 THEN 32767 ELSE 2147483647 END::bigint AS most) l
 WHERE c.type IN (21, 23) AND NOT c.is_partition
   AND EXISTS (SELECT FROM user_index x WHERE x.relid = c.relid AND x.is_unique AND x.is_valid AND NOT x.is_partial
                  AND x.method = 'btree' AND x.keys[1] = c.number)
 ORDER BY c.label
