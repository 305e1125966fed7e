-- $1 database, $2 bytes.
INSERT INTO platform.database_sizes AS z (database_id, organization_id, bytes)
SELECT d.id, d.organization_id, $2::bigint
FROM platform.databases AS d
WHERE d.id = $1::uuid
ON CONFLICT (database_id) DO UPDATE SET bytes = excluded.bytes, measured_at = now()
