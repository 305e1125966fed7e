-- Run by the watcher while a statement waits: who stands in the way. $1 the waiting backend. A row a blocker.
SELECT
    a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.state, a.backend_type),
    extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.backend_start))::bigint,
    left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 200)
FROM unnest(pg_blocking_pids($1::integer)) AS blocker (pid)
JOIN pg_stat_activity AS a USING (pid)
ORDER BY a.xact_start NULLS LAST
