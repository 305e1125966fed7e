-- $1 the acting user, $2 step.
UPDATE platform.second_factors SET last_step = $2::bigint WHERE user_id = $1::uuid
