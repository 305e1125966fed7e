-- $1 the acting user.
SELECT f.sealed_secret,
       f.master_key_id,
       f.last_step,
       f.confirmed_at IS NOT NULL,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM platform.second_factors AS f
WHERE f.user_id = $1::uuid
FOR UPDATE
