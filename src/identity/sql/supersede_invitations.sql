-- $1 organization, $2 address.
UPDATE platform.invitations
SET revoked_at = now()
WHERE organization_id = $1::uuid AND lower(email) = lower($2) AND accepted_at IS NULL AND revoked_at IS NULL
