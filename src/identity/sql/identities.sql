-- $1 the acting user.
SELECT i.id, i.issuer, to_char(i.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM platform.user_identities AS i
WHERE i.user_id = $1::uuid
ORDER BY i.created_at, i.id
