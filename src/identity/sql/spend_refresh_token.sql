-- $1 hash. A row: it was unspent until now.
UPDATE platform.refresh_tokens
SET used_at = clock_timestamp()
WHERE token_hash = decode($1, 'hex') AND used_at IS NULL AND expires_at > now()
RETURNING generation
