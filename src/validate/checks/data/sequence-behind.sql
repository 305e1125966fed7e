-- Check: Sequence behind its column
-- Severity: critical
-- Cost: C2
-- Mode: probes
-- Why: the next values it gives are there already, so the next inserts fail with a duplicate key. Rows that were loaded
--   with their keys leave that behind.
-- Fix: set the sequence to the greatest value.
SELECT format('%s.%I', t.label, a.attname) AS object,
       format('%s gives values that %s.%I has already', q.label, t.label, a.attname) AS message,
       q.label AS sequence,
       -- As many pages as an index has levels: the greatest value is looked up.
       0 AS bytes,
       format('SELECT m.highest, s.last_value AS sequence_at FROM (SELECT %s(c.%I)::numeric AS highest FROM %s c) m, %s s'
              ' WHERE m.highest IS NOT NULL AND (%s OR (m.highest = s.last_value AND NOT s.is_called))',
              CASE WHEN s.seqincrement > 0 THEN 'max' ELSE 'min' END, a.attname, t.label, q.label,
              CASE WHEN s.seqincrement > 0 THEN 'm.highest > s.last_value' ELSE 'm.highest < s.last_value' END) AS probe,
       format('SELECT setval(%L, (SELECT %s(%I) FROM %s))', q.label,
              CASE WHEN s.seqincrement > 0 THEN 'max' ELSE 'min' END, a.attname, t.label) AS fix
  FROM relation q
  JOIN pg_sequence s ON s.seqrelid = q.oid AND NOT s.seqcycle
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = q.oid AND d.deptype IN ('a', 'i')
       AND d.refclassid = 'pg_class'::regclass
  JOIN user_table t ON t.oid = d.refobjid
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE q.kind = 'S' AND a.atttypid IN (20, 21, 23, 1700)
   AND EXISTS (SELECT FROM user_index x WHERE x.relid = t.oid AND x.is_valid AND NOT x.is_partial
                  AND x.method = 'btree' AND x.keys[1] = a.attnum)
 ORDER BY 1
