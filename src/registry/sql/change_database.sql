-- All that people set. With $13 the secret is another one from now on ($9 to $11, or none), without it stays.
-- $1 id, $2 name, $3 type, $4 host, $5 port, $6 database, $7 user, $8 credential version, $9 sealed secret, $10 its key,
-- $11 credential, $12 TLS, $13 whether the secret changes, $14 config, $15 metadata, $16 status, $17 sealed place of
-- the credential, $18 its key
UPDATE platform.databases AS d
SET name = $2::text,
    type = $3::text,
    host = $4::text,
    port = $5::integer,
    database = $6::text,
    username = $7::text,
    credential_version = $8::bigint,
    connection_string_encrypted = CASE WHEN $13::boolean THEN $9::text ELSE d.connection_string_encrypted END,
    data_key_id = CASE WHEN $13 THEN $10::uuid ELSE d.data_key_id END,
    credential_id = CASE WHEN $13 THEN $11::uuid ELSE d.credential_id END,
    place_sealed = CASE WHEN $13 THEN $17::text ELSE d.place_sealed END,
    place_key_id = CASE WHEN $13 THEN $18::uuid ELSE d.place_key_id END,
    ssl_enabled = $12::boolean,
    config = $14::jsonb,
    metadata = $15::jsonb,
    status = $16::text
WHERE d.id = $1::uuid
