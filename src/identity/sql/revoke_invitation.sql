-- $1 invitation.
UPDATE platform.invitations
SET revoked_at = now()
WHERE id = $1::uuid AND accepted_at IS NULL AND revoked_at IS NULL
RETURNING email
