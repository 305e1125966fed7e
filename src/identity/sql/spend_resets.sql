-- $1 the acting user, $2 hash of the one that is used. With it all others are void. A row: it was valid until now.
WITH used AS (
    UPDATE platform.password_resets
    SET used_at = now()
    WHERE user_id = $1::uuid AND token_hash = decode($2, 'hex') AND used_at IS NULL AND expires_at > now()
    RETURNING id
), others AS (
    UPDATE platform.password_resets
    SET used_at = now()
    WHERE user_id = $1::uuid AND token_hash <> decode($2, 'hex') AND used_at IS NULL AND EXISTS (SELECT FROM used)
)
SELECT u.id FROM used AS u
