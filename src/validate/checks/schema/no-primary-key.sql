-- Check: Table without a primary key
-- Severity: warning
-- Cost: C0
-- Why: its rows can't be told apart: no foreign key can point at them, logical replication refuses UPDATE and DELETE,
--   and a duplicate can't be removed by name.
-- Fix: add a primary key, or make one of the unique keys the primary one.
SELECT t.label AS object,
       format('%s has no primary key', t.label) AS message,
       CASE WHEN t.tuples >= 0 THEN t.tuples::bigint END AS estimated_rows,
       (SELECT string_agg(x.label, ', ') FROM user_index x
         WHERE x.relid = t.oid AND x.is_unique AND x.is_valid AND NOT x.is_partial) AS unique_indexes,
       CASE WHEN t.kind = 'p'
            THEN format('ALTER TABLE %s ADD PRIMARY KEY (..., columns of %s)', t.label, pg_get_partkeydef(t.oid))
            ELSE format('ALTER TABLE %s ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY', t.label)
       END AS fix
  FROM user_table t
 WHERE NOT t.is_partition
   AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = t.oid)
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p')
 ORDER BY t.bytes DESC, t.label
