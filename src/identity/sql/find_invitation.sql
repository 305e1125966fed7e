-- $1 hash. Run as who presents the token.
SELECT i.id, i.organization_id, i.email, i.role, i.invited_by
FROM platform.invitations AS i
WHERE i.token_hash = decode($1, 'hex') AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
