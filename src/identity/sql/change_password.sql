-- $1 the acting user, $2 the hash that the old password was checked against, or NULL for none, $3 the new one.
UPDATE platform.users
SET password_hash = $3
WHERE id = $1::uuid AND password_hash IS NOT DISTINCT FROM $2 AND status = 'active' AND kind = 'person'
RETURNING id
