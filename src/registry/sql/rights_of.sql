-- $1 database
SELECT jsonb_build_object('user', r.login, 'worst', r.worst, 'rights', r.rights, 'server_version', r.server_version,
    'measured_at', to_char(r.measured_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM platform.database_rights AS r
WHERE r.database_id = $1::uuid
