-- $1 session, $2 days until it ends without a renewal, $3 days that it lasts at the most, $4 user agent, $5 address.
UPDATE platform.sessions
SET last_seen_at = now(),
    expires_at = least(now() + make_interval(days => $2::integer), created_at + make_interval(days => $3::integer)),
    user_agent = $4,
    address = $5
WHERE id = $1::uuid
RETURNING floor(extract(epoch FROM now()))::bigint, floor(extract(epoch FROM expires_at - now()))::bigint
