-- $1 the acting user, $2 hash, $3 who makes it.
INSERT INTO platform.password_resets (user_id, token_hash, created_by, expires_at)
VALUES ($1::uuid, decode($2, 'hex'), $3::uuid, now() + interval '1 day')
