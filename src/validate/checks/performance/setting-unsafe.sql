-- Check: Setting that puts data or upkeep at risk
-- Severity: critical
-- Cost: C0
-- Why: without fsync or full_page_writes a crash can destroy the database; without synchronous_commit it loses the last
--   moments; without autovacuum tables grow, plans go wrong, and in the end the server stops.
-- Fix: set it back.
SELECT s.name AS object,
       format('%s is %s: %s', s.name, s.setting, r.consequence) AS message,
       r.severity, s.source, s.sourcefile,
       format('ALTER SYSTEM RESET %I;', s.name) || E'\nSELECT pg_reload_conf()' AS fix
  FROM (VALUES ('fsync', 'off', 'critical', 'a crash can destroy the database'),
               ('full_page_writes', 'off', 'critical', 'a crash can leave half-written pages'),
               ('synchronous_commit', 'off', 'info', 'a crash loses what was committed last'),
               ('autovacuum', 'off', 'critical', 'nothing cleans up, and transaction ids run out'),
               ('track_counts', 'off', 'critical', 'autovacuum does not know where to go'),
               ('zero_damaged_pages', 'on', 'critical', 'damaged pages are emptied without an error'),
               ('ignore_checksum_failure', 'on', 'critical', 'damage is read as if it were data'),
               ('enable_seqscan', 'off', 'warning', 'the planner has to take what is worse'),
               ('enable_indexscan', 'off', 'warning', 'the planner has to take what is worse'),
               ('enable_hashjoin', 'off', 'warning', 'the planner has to take what is worse'),
               ('enable_nestloop', 'off', 'warning', 'the planner has to take what is worse'),
               ('enable_mergejoin', 'off', 'warning', 'the planner has to take what is worse'))
       AS r(name, bad, severity, consequence)
  JOIN pg_settings s ON s.name = r.name AND s.setting = r.bad
 ORDER BY 1
