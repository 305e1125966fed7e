-- The same secret under another key, if the old value is still there.
-- $1 id, $2 old value, $3 new one, $4 its key
UPDATE platform.databases AS d
SET connection_string_encrypted = $3::text, data_key_id = $4::uuid
WHERE d.id = $1::uuid AND d.connection_string_encrypted = $2::text
