-- $1 key, $2 after this id, $3 at most so many; rows that somebody holds are left out
SELECT r.id, r.organization_id, r.project_id, r.secret_version, r.new_secret, r.old_secret
FROM platform.credential_rotations AS r
WHERE r.data_key_id = $1::uuid AND r.id > $2::uuid
ORDER BY r.id
LIMIT $3::bigint
FOR UPDATE SKIP LOCKED
