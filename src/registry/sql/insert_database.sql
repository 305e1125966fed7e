-- $1 id, $2 organization, $3 project, $4 name, $5 type, $6 host, $7 port, $8 database, $9 user, $10 sealed secret, $11 its key,
-- $12 credential, $13 TLS, $14 config, $15 metadata, $16 status, $17 sealed place of the credential, $18 its key
INSERT INTO platform.databases (id, organization_id, project_id, name, type, host, port, database, username,
    connection_string_encrypted, data_key_id, credential_id, ssl_enabled, config, metadata, status,
    place_sealed, place_key_id)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::integer, $8::text, $9::text, $10::text, $11::uuid,
    $12::uuid, $13::boolean, $14::jsonb, $15::jsonb, $16::text, $17::text, $18::uuid)
