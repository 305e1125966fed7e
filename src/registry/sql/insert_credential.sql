-- $1 id, $2 organization, $3 project, $4 name, $5 kind, $6 user, $7 data key, $8 nonce, $9 ciphertext
INSERT INTO platform.credentials (id, organization_id, project_id, name, kind, source, username, seal_version,
    seal_algorithm, data_key_id, nonce, ciphertext)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, 'sealed', $6::text, 1, 1, $7::uuid, decode($8::text, 'hex'),
    decode($9::text, 'hex'))
