-- Check: Table of one column, or none
-- Severity: info
-- Cost: C0
-- Why: it is left over from an attempt, or its rows say nothing that a value in another table could not.
-- Fix: drop it, or let it be where it is a list of what is allowed.
SELECT t.label AS object,
       format('%s has %s', t.label, CASE n.columns WHEN 0 THEN 'no column' ELSE 'one column' END) AS message,
       n.columns, CASE WHEN t.tuples >= 0 THEN t.tuples::bigint END AS estimated_rows
  FROM user_table t
 CROSS JOIN LATERAL (SELECT count(*) AS columns FROM user_column c WHERE c.relid = t.oid) n
 WHERE n.columns < 2 AND NOT t.is_partition
   AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = t.oid)
 ORDER BY 1
