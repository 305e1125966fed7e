-- $1 id, $2 version as it was, $3 data key, $4 nonce, $5 ciphertext
UPDATE platform.credentials AS c
SET version = c.version + 1, data_key_id = $3::uuid, nonce = decode($4::text, 'hex'), ciphertext = decode($5::text, 'hex'),
    rotated_at = now()
WHERE c.id = $1::uuid AND c.version = $2::bigint AND c.source = 'sealed'
