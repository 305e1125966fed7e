-- $1 id, $2 ciphertext as it was, $3 nonce and $4 ciphertext under another key, $5 that key
UPDATE platform.credentials AS c
SET nonce = decode($3::text, 'hex'), ciphertext = decode($4::text, 'hex'), data_key_id = $5::uuid
WHERE c.id = $1::uuid AND c.ciphertext = decode($2::text, 'hex')
