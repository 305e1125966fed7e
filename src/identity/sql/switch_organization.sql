-- $1 session of the acting user, $2 an organization that they belong to. No organization is chosen in the transaction.
UPDATE platform.sessions AS s
SET chosen_organization_id = r.organization_id
FROM platform.user_roles AS r
WHERE s.id = $1::uuid AND s.ended_at IS NULL AND s.expires_at > now()
  AND r.user_id = s.user_id AND r.organization_id = $2::uuid
RETURNING s.epoch, floor(extract(epoch FROM now()))::bigint
