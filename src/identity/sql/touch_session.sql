-- $1 session of the acting user.
UPDATE platform.sessions SET last_seen_at = now() WHERE id = $1::uuid AND last_seen_at < now() - interval '1 minute'
