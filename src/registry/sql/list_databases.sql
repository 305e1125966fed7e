-- By name. Each filter is off where it is empty.
-- $1 project, $2 type, $3 status, $4 health, $5 a piece of name, host or database, $6 and $7 name and id of the last one
-- of the page before, $8 at most so many
SELECT d.id, d.organization_id, d.project_id, d.name, d.type, d.host, d.port, d.database, d.username,
    d.connection_string_masked, d.secret_state, d.credential_id, d.credential_version, d.ssl_enabled, d.config, d.metadata,
    d.status, d.health_check_status, to_char(d.last_health_check_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    d.health_check_error, to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(d.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM platform.databases AS d
WHERE ($1::text = '' OR d.project_id = nullif($1, '')::uuid)
  AND ($2::text = '' OR d.type = $2)
  AND ($3::text = '' OR d.status = $3)
  AND ($4::text = '' OR d.health_check_status = $4)
  AND ($5::text = '' OR position(lower($5) IN lower(concat_ws(' ', d.name, d.host, d.database))) > 0)
  AND ($7::text = '' OR (d.name COLLATE "C", d.id) > ($6::text COLLATE "C", nullif($7, '')::uuid))
ORDER BY d.name COLLATE "C", d.id
LIMIT $8::bigint
