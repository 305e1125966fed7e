-- $1 the acting user.
SELECT s.id, s.user_agent, s.address, array_to_string(s.methods, ','),
       to_char(s.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(s.last_seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(s.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM platform.sessions AS s
JOIN platform.users AS u ON u.id = s.user_id
WHERE s.user_id = $1::uuid AND s.ended_at IS NULL AND s.expires_at > now() AND s.epoch = u.session_epoch
ORDER BY s.last_seen_at DESC, s.id
