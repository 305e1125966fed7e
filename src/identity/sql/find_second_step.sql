-- $1 the acting user, $2 the epoch in which their password was right.
SELECT u.id
FROM platform.users AS u
WHERE u.id = $1::uuid AND u.session_epoch = $2::bigint AND u.status = 'active' AND u.kind = 'person'
