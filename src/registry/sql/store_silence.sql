-- $1 database, $2 why it gave no facts. What it told before stays.
INSERT INTO platform.database_facts AS f (database_id, organization_id, project_id, error)
SELECT d.id, d.organization_id, d.project_id, $2::text
FROM platform.databases AS d
WHERE d.id = $1::uuid
ON CONFLICT (database_id) DO UPDATE
SET tried_at = now(), error = excluded.error, project_id = excluded.project_id
