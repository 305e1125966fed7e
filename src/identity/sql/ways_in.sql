-- $1 the acting user: how many there are.
SELECT (SELECT count(*) FROM platform.user_identities AS i WHERE i.user_id = u.id)
     + CASE WHEN u.password_hash IS NULL THEN 0 ELSE 1 END
FROM platform.users AS u
WHERE u.id = $1::uuid
