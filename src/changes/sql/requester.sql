-- $1 user. As whom people know them.
SELECT u.email
FROM platform.users AS u
WHERE u.id = $1::uuid
