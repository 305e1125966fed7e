-- $1 project, $2 databases, $3 bytes; NULL is as the plan says.
INSERT INTO platform.project_limits (project_id, max_databases, max_storage_bytes)
VALUES ($1::uuid, $2::bigint, $3::bigint)
ON CONFLICT (project_id) DO UPDATE
SET max_databases = excluded.max_databases, max_storage_bytes = excluded.max_storage_bytes
