-- Check: Table without a foreign key in or out
-- Severity: info
-- Cost: C0
-- Why: in a schema whose tables refer to each other, one that is on its own often lacks a foreign key.
-- Fix: say what it belongs to, where it belongs to something.
SELECT t.label AS object,
       format('%s refers to no table, and none to it', t.label) AS message,
       CASE WHEN t.tuples >= 0 THEN t.tuples::bigint END AS estimated_rows
  FROM user_table t
 WHERE NOT t.is_partition
   AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND t.oid IN (f.conrelid, f.confrelid))
   AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = t.oid)
   -- Where nothing has foreign keys, there is nothing odd about it.
   AND (SELECT count(DISTINCT f.conrelid) * 2 FROM pg_constraint f JOIN user_table o ON o.oid = f.conrelid
         WHERE f.contype = 'f' AND o.schema = t.schema)
       >= (SELECT count(*) FROM user_table o WHERE o.schema = t.schema AND NOT o.is_partition)
 ORDER BY 1
