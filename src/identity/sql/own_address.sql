-- $1 the acting user.
SELECT u.email FROM platform.users AS u WHERE u.id = $1::uuid AND u.status = 'active' AND u.kind = 'person'
