-- $1 database
SELECT r.id, r.database_id, r.state, r.username, r.attempts, r.error,
    to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(r.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(r.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM platform.credential_rotations AS r
WHERE r.database_id = $1::uuid
ORDER BY r.created_at DESC, r.id
LIMIT 100
