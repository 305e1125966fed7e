-- $1 the acting user.
SELECT f.confirmed_at IS NOT NULL,
       (SELECT count(*) FROM platform.recovery_codes AS c WHERE c.user_id = f.user_id AND c.used_at IS NULL)
FROM platform.second_factors AS f
WHERE f.user_id = $1::uuid
