-- Puts a value that drydock has sealed in the place of the one that SQL had, if that is still there.
-- $1 id, $2 old value, $3 new one, $4 its key, $5 credential version, $6 host, $7 port, $8 database, $9 user, $10 TLS, $11 config
UPDATE platform.databases AS d
SET connection_string_encrypted = $3::text,
    data_key_id = $4::uuid,
    credential_version = $5::bigint,
    host = $6::text,
    port = $7::integer,
    database = $8::text,
    username = $9::text,
    ssl_enabled = $10::boolean,
    config = $11::jsonb
WHERE d.id = $1::uuid AND d.connection_string_encrypted = $2::text
