-- Check: Very big table in one piece
-- Severity: info
-- Cost: C0
-- Parameter: bytes = 107374182400, from which size on
-- Why: vacuum, a new index, a restore and a type change each take hours, and old rows can only be deleted one by one.
-- Fix: partition it by the column that old rows are told by, before it grows on.
SELECT t.label AS object,
       format('%s has %s in one piece', t.label, pg_size_pretty(t.bytes)) AS message,
       t.bytes, CASE WHEN t.tuples >= 0 THEN t.tuples::bigint END AS estimated_rows,
       (SELECT sum(x.bytes) FROM user_index x WHERE x.relid = t.oid) AS index_bytes
  FROM user_table t
 WHERE t.kind = 'r' AND NOT t.is_partition AND t.bytes >= {bytes}
 ORDER BY t.bytes DESC, t.label
