-- Check: Partitioned table without statistics of its own
-- Severity: warning
-- Cost: C0
-- Parameter: rows = 1000, in all partitions, at least
-- Why: autovacuum analyzes partitions and never the whole, so the planner knows nothing of joins and groups over all of
--   them.
-- Fix: ANALYZE the parent, from time to time.
SELECT t.label AS object,
       format('%s has about %s rows in its partitions and no statistics of the whole', t.label, p.tuples::bigint) AS message,
       p.tuples::bigint AS estimated_rows,
       format('ANALYZE %s', t.label) AS fix
  FROM user_table t
  JOIN LATERAL (SELECT sum(greatest(c.reltuples, s.n_live_tup, 0)) AS tuples
                  FROM pg_partition_tree(t.oid) f
                  JOIN pg_class c ON c.oid = f.relid
                  LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
                 WHERE f.isleaf) p ON true
 WHERE t.kind = 'p' AND NOT t.is_partition AND p.tuples >= {rows}
   AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = t.schema AND s.tablename = t.name AND s.inherited)
 ORDER BY t.label
