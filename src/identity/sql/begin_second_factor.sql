-- $1 the acting user, $2 sealed secret, $3 master key. No row: there is a confirmed one.
INSERT INTO platform.second_factors AS f (user_id, sealed_secret, master_key_id)
VALUES ($1::uuid, $2, $3)
ON CONFLICT (user_id) DO UPDATE
SET sealed_secret = excluded.sealed_secret, master_key_id = excluded.master_key_id, last_step = NULL, created_at = now()
WHERE f.confirmed_at IS NULL
RETURNING user_id
