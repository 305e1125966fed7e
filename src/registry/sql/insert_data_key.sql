INSERT INTO platform.data_keys (id, organization_id, project_id, purpose, version, master_key_id, wrap_nonce, wrapped_key)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::integer, $6::text, decode($7::text, 'hex'), decode($8::text, 'hex'))
