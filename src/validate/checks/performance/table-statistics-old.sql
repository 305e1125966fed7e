-- Check: Statistics older than much of the table
-- Severity: info
-- Cost: C0
-- Parameter: rows = 10000, changed since, at least
-- Parameter: percent = 30, of the table that changed since, at least
-- Why: the planner goes by what the table was.
-- Fix: ANALYZE; and have autovacuum analyze it more often (autovacuum_analyze_scale_factor).
SELECT t.label AS object,
       format('%s rows of %s changed since it was analyzed, of about %s', s.n_mod_since_analyze, t.label, s.n_live_tup)
           AS message,
       s.n_mod_since_analyze AS changed_rows, greatest(s.last_analyze, s.last_autoanalyze) AS last_analyzed,
       format('ANALYZE %s', t.label) AS fix
  FROM user_table t
  JOIN pg_stat_all_tables s ON s.relid = t.oid
 WHERE t.kind = 'r' AND s.n_mod_since_analyze >= {rows}
   AND s.n_mod_since_analyze >= s.n_live_tup * {percent} / 100.0
   AND EXISTS (SELECT FROM pg_stats p WHERE p.schemaname = t.schema AND p.tablename = t.name)
 ORDER BY s.n_mod_since_analyze DESC, t.label
