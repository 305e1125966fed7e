-- $1 session, of the acting user: whether it still lives, its epoch and organization.
SELECT s.ended_at IS NULL AND s.expires_at > now() AND u.status = 'active' AND s.epoch = u.session_epoch,
       s.epoch,
       s.chosen_organization_id
FROM platform.sessions AS s
JOIN platform.users AS u ON u.id = s.user_id
WHERE s.id = $1::uuid
FOR UPDATE OF s
