-- $1 session of the acting user.
UPDATE platform.sessions SET stepped_up_at = now() WHERE id = $1::uuid AND ended_at IS NULL RETURNING id
