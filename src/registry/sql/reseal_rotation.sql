-- $1 id, $2 new secret as it was, $3 and $4 new and old secret under another key, $5 that key
UPDATE platform.credential_rotations AS r
SET new_secret = $3::text, old_secret = $4::text, data_key_id = $5::uuid
WHERE r.id = $1::uuid AND r.new_secret = $2::text
