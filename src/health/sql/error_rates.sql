-- $1 seconds, $2 database or NULL.
SELECT e.database_id, e.name, e.checks, e.failures, e.error_rate
FROM platform.health_error_rate(make_interval(secs => $1::double precision), $2::uuid) AS e
