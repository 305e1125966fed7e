-- $1 seconds.
SELECT s.database_id, s.project_id, s.name, s.type, s.health_check_status,
       to_char(s.last_health_check_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_health_check_at,
       extract(epoch FROM s.age)::bigint AS age_seconds
FROM platform.stale_health_checks(make_interval(secs => $1::double precision)) AS s
