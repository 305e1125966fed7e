-- $1 the acting user, $2 hash. A row: it was unused until now.
UPDATE platform.recovery_codes
SET used_at = now()
WHERE user_id = $1::uuid AND code_hash = decode($2, 'hex') AND used_at IS NULL
RETURNING user_id
