-- $1 the acting user.
SELECT u.password_hash FROM platform.users AS u WHERE u.id = $1::uuid
