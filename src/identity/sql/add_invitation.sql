-- $1 organization, $2 address, $3 role, $4 hash, $5 who invites.
INSERT INTO platform.invitations (organization_id, email, role, token_hash, invited_by, expires_at)
VALUES ($1::uuid, $2, $3, decode($4, 'hex'), $5::uuid, now() + interval '7 days')
RETURNING id, email, role,
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
