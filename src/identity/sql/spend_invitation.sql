-- $1 invitation, $2 who accepts, $3 who invited, $4 role. Run as the system user in the organization. A row: it was valid
-- until now, and who invited may still do so.
UPDATE platform.invitations
SET accepted_at = now(), accepted_by = $2::uuid
WHERE id = $1::uuid AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
  AND platform.user_has_permission($3::uuid, organization_id, CASE WHEN $4 = 'owner' THEN 'owners:write' ELSE 'members:write' END)
RETURNING id
