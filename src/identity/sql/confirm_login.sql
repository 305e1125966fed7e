-- $1 the acting user, $2 the hash that the password was checked against, $3 a better one or NULL.
UPDATE platform.users
SET last_login_at = now(), password_hash = coalesce($3, password_hash)
WHERE id = $1::uuid AND password_hash = $2 AND status = 'active' AND kind = 'person'
RETURNING session_epoch, floor(extract(epoch FROM now()))::bigint
