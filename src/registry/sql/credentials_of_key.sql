-- $1 key, $2 after this id, $3 at most so many; rows that somebody holds are left out
SELECT c.id, c.organization_id, c.project_id, c.version, c.data_key_id, encode(c.nonce, 'hex'), encode(c.ciphertext, 'hex')
FROM platform.credentials AS c
WHERE c.data_key_id = $1::uuid AND c.id > $2::uuid
ORDER BY c.id
LIMIT $3::bigint
FOR UPDATE SKIP LOCKED
