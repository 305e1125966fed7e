-- $1 id
SELECT r.id, r.database_id, r.state, r.username, r.attempts, r.error,
    to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(r.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(r.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    r.new_secret, r.old_secret, r.secret_version
FROM platform.credential_rotations AS r
WHERE r.id = $1::uuid
