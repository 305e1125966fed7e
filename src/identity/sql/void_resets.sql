-- $1 a user: links to a new password that somebody made for them are void. Who made one need not own what they join now.
UPDATE platform.password_resets SET used_at = now() WHERE user_id = $1::uuid AND used_at IS NULL
