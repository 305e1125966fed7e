-- $1 the acting user, $2 hash.
UPDATE platform.users SET password_hash = $2 WHERE id = $1::uuid
