-- Check: Statements that take most of the time
-- Severity: info
-- Cost: C1
-- Mode: probes
-- Requires: extension pg_stat_statements, role pg_read_all_stats
-- Parameter: percent = 10, of all time spent in this database
-- Parameter: calls = 20, how often at least it was called
-- Why: a few statements take most of a server's time; that is where an index or another query helps.
-- Fix: EXPLAIN (ANALYZE, BUFFERS) with real values; ask less often; read less.
SELECT 'pg_stat_statements' AS object,
       '{rows} of statements that each take at least {percent} % of the time spent in this database' AS message,
       0 AS bytes,
       format('SELECT s.queryid, left(s.query, 300) AS query, s.calls, round(s.total_exec_time::numeric) AS total_ms,'
              ' round(s.mean_exec_time::numeric, 2) AS mean_ms, round(s.stddev_exec_time::numeric, 2) AS stddev_ms,'
              ' round((100 * s.total_exec_time / s.everything)::numeric, 1) AS percent, s.rows / s.calls AS rows_a_call,'
              ' s.shared_blks_read AS blocks_read, s.temp_blks_written AS temporary_blocks'
              ' FROM (SELECT x.*, sum(x.total_exec_time) OVER () AS everything FROM %I.pg_stat_statements x'
              '        WHERE x.dbid = %s) s'
              ' WHERE s.total_exec_time * 100 >= {percent} * s.everything AND s.calls >= {calls} AND s.total_exec_time > 100'
              ' ORDER BY s.total_exec_time DESC',
              n.nspname, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS probe
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
