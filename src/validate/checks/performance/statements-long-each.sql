-- Check: Statement that takes long each time
-- Severity: info
-- Cost: C0
-- Mode: probes
-- Requires: extension pg_stat_statements, role pg_read_all_stats
-- Parameter: milliseconds = 1000, on average, at least
-- Parameter: calls = 10, at least
-- Why: somebody waits for it.
-- Fix: EXPLAIN (ANALYZE, BUFFERS) says where the time goes.
SELECT 'statements' AS object,
       '{rows} take {milliseconds} ms or more on average' AS message,
       format('SELECT round(s.mean_exec_time::numeric, 1) AS mean_ms, s.calls, round(s.total_exec_time::numeric / 1000) AS'
              ' total_s, round(s.rows::numeric / s.calls, 1) AS rows_each,'
              ' (s.shared_blks_read + s.shared_blks_hit) / s.calls AS pages_each,'
              ' regexp_replace(left(s.query, 250), ''\s+'', '' '', ''g'') AS query'
              ' FROM %I.pg_stat_statements s WHERE s.dbid = %s AND s.calls >= {calls} AND s.calls > 0'
              ' AND s.mean_exec_time >= {milliseconds} ORDER BY s.mean_exec_time DESC LIMIT 20', n.nspname,
              (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS probe
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
