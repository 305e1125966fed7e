-- $1 hash.
INSERT INTO platform.setup_tokens (token_hash, expires_at) VALUES (decode($1, 'hex'), now() + interval '1 day')
