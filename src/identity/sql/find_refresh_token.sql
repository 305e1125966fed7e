-- $1 hash. Run as who presents the token.
SELECT t.session_id, t.user_id FROM platform.refresh_tokens AS t WHERE t.token_hash = decode($1, 'hex')
