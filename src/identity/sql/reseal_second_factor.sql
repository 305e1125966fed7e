-- $1 user, $2 the sealed secret that was read, $3 the new one, $4 its master key.
UPDATE platform.second_factors
SET sealed_secret = $3, master_key_id = $4
WHERE user_id = $1::uuid AND sealed_secret = $2
