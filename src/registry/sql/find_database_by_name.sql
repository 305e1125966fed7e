-- $1 project, $2 name
SELECT d.id, d.organization_id, d.project_id, d.name, d.type, d.host, d.port, d.database, d.username,
    d.connection_string_masked, d.secret_state, d.credential_id, d.credential_version, d.ssl_enabled, d.config, d.metadata,
    d.status, d.health_check_status, to_char(d.last_health_check_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    d.health_check_error, to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(d.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM platform.databases AS d
WHERE d.project_id = $1::uuid AND d.name = $2::text
