-- $1 the acting user, who may be disabled.
SELECT u.email FROM platform.users AS u WHERE u.id = $1::uuid AND u.kind = 'person'
