-- $1 the acting user.
DELETE FROM platform.recovery_codes WHERE user_id = $1::uuid
