-- $1 the acting user.
DELETE FROM platform.second_factors WHERE user_id = $1::uuid RETURNING user_id
