-- $1 the address typed in, which app.current_login holds too.
SELECT u.id, u.password_hash, u.status = 'active' AND u.kind = 'person'
FROM platform.users AS u
WHERE u.email_canonical = lower($1)
