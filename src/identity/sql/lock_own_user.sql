-- $1 the acting user.
SELECT u.id FROM platform.users AS u WHERE u.id = $1::uuid FOR NO KEY UPDATE
