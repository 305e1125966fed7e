-- $1 database, $2 when it was changed last as its asker saw it, $3 version of the server, $4 facts. As drydock itself.
INSERT INTO platform.database_facts AS f (database_id, organization_id, project_id, server_version, facts, taken_at, tried_at)
SELECT d.id, d.organization_id, d.project_id, nullif($3::text, ''), $4::jsonb, now(), now()
FROM platform.databases AS d
WHERE d.id = $1::uuid AND d.updated_at = $2::timestamptz
ON CONFLICT (database_id) DO UPDATE
SET server_version = excluded.server_version, facts = excluded.facts, taken_at = now(), tried_at = now(), error = NULL,
    project_id = excluded.project_id
