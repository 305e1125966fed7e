-- $1 the acting user, $2 the epoch in which their password was right. Locked, so that no session is opened for who is erased
-- at this moment.
SELECT u.id
FROM platform.users AS u
WHERE u.id = $1::uuid AND u.session_epoch = $2::bigint AND u.status = 'active' AND u.kind = 'person'
FOR NO KEY UPDATE
