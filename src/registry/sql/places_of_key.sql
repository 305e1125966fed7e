-- $1 key, $2 after this id, $3 at most so many; rows that somebody holds are left out
SELECT d.id, d.organization_id, d.project_id, d.credential_version, d.place_sealed
FROM platform.databases AS d
WHERE d.place_key_id = $1::uuid AND d.id > $2::uuid
ORDER BY d.id
LIMIT $3::bigint
FOR UPDATE SKIP LOCKED
