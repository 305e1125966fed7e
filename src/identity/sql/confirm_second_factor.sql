-- $1 the acting user.
UPDATE platform.second_factors SET confirmed_at = now() WHERE user_id = $1::uuid
