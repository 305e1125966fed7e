-- $1 hash. Run as who presents the token.
SELECT t.id, t.user_id, t.organization_id
FROM platform.api_tokens AS t
WHERE t.token_hash = decode($1, 'hex') AND t.revoked_at IS NULL AND t.expires_at > now()
