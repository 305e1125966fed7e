-- $1 database, $2 before (ISO 8601, or NULL: now), $3 how many. The newest first.
SELECT to_char(h.checked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS checked_at,
       h.status, h.changed, h.outcome, h.phase, h.sqlstate, h.checks, h.latency_us, h.connect_us, h.error
FROM platform.database_health AS h
WHERE h.database_id = $1::uuid AND h.checked_at < coalesce($2::timestamptz, 'infinity')
ORDER BY h.checked_at DESC
LIMIT $3::integer
