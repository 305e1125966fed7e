-- $1 database, $2 seconds. No row: there is no such database in this organization.
SELECT s.checks, s.failures, s.uptime, extract(epoch FROM s.watched)::bigint AS watched_seconds,
       s.p50_us, s.p95_us, s.p99_us, s.most_us,
       d.health_check_status, d.health_check_error,
       to_char(d.last_health_check_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_health_check_at,
       (SELECT to_char(max(h.checked_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        FROM platform.database_health AS h WHERE h.database_id = d.id AND h.changed) AS since
FROM platform.databases AS d, platform.health_summary(d.id, make_interval(secs => $2::double precision)) AS s
WHERE d.id = $1::uuid
