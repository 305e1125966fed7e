-- $1 hash, $2 session, $3 user, $4 generation. Lives as long as its session without a renewal.
INSERT INTO platform.refresh_tokens (token_hash, session_id, user_id, generation, expires_at)
SELECT decode($1, 'hex'), s.id, s.user_id, $4::integer, s.expires_at
FROM platform.sessions AS s
WHERE s.id = $2::uuid AND s.user_id = $3::uuid
