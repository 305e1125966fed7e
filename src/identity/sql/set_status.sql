-- $1 the acting user, $2 status.
UPDATE platform.users SET status = $2 WHERE id = $1::uuid AND kind = 'person'
