-- $1 hash.
SELECT t.created_at FROM platform.setup_tokens AS t WHERE t.token_hash = decode($1, 'hex') AND t.expires_at > now()
