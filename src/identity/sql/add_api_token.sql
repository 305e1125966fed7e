-- $1 organization, $2 the acting user, whose it is, $3 name, $4 hash, $5 scopes, $6 read only, $7 who makes it, $8 days.
INSERT INTO platform.api_tokens (organization_id, user_id, name, token_hash, scopes, read_only, created_by, expires_at)
VALUES ($1::uuid, $2::uuid, $3, decode($4, 'hex'), $5::text[], $6::boolean, $7::uuid, now() + make_interval(days => $8::integer))
RETURNING id, user_id, name, array_to_string(scopes, ','), read_only,
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(last_used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
