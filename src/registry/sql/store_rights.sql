-- $1 database, $2 login, $3 worst, $4 rights, $5 version of the server
INSERT INTO platform.database_rights (database_id, organization_id, project_id, login, worst, rights, server_version)
SELECT d.id, d.organization_id, d.project_id, $2::text, $3::text, $4::jsonb -> 'rights', $5::text
FROM platform.databases AS d WHERE d.id = $1::uuid
ON CONFLICT ON CONSTRAINT database_rights_pkey DO UPDATE
SET login = excluded.login, worst = excluded.worst, rights = excluded.rights, server_version = excluded.server_version,
    measured_at = now()
