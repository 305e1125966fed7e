-- Check: Table that was never analyzed
-- Severity: warning
-- Cost: C0
-- Parameter: rows = 1000, from how many rows on
-- Why: without statistics the planner guesses: joins come in the wrong order, indexes are not used. A restore leaves that
--   behind.
-- Fix: ANALYZE.
SELECT t.label AS object,
       format('%s, with about %s rows, was never analyzed', t.label, s.n_live_tup) AS message,
       t.bytes, s.n_live_tup AS estimated_rows,
       format('ANALYZE %s', t.label) AS fix
  FROM user_table t
  JOIN pg_stat_all_tables s ON s.relid = t.oid
 WHERE t.kind = 'r' AND s.n_live_tup >= {rows} AND s.last_analyze IS NULL AND s.last_autoanalyze IS NULL
   AND NOT EXISTS (SELECT FROM pg_stats p WHERE p.schemaname = t.schema AND p.tablename = t.name)
 ORDER BY s.n_live_tup DESC, t.label
