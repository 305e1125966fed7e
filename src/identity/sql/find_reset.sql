-- $1 hash. Run as who presents the token.
SELECT r.user_id
FROM platform.password_resets AS r
WHERE r.token_hash = decode($1, 'hex') AND r.used_at IS NULL AND r.expires_at > now()
