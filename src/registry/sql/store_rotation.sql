-- $1 id, $2 new secret, $3 old one, $4 their key
UPDATE platform.credential_rotations AS r
SET state = 'stored', new_secret = $2::text, old_secret = $3::text, data_key_id = $4::uuid, error = NULL
WHERE r.id = $1::uuid AND r.state = 'planned'
