-- $1 the acting user.
UPDATE platform.users
SET last_login_at = now()
WHERE id = $1::uuid AND status = 'active' AND kind = 'person'
RETURNING session_epoch, floor(extract(epoch FROM now()))::bigint
