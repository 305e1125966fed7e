-- $1 organization, $2 a user or NULL for all that may be seen.
SELECT t.id, t.user_id, t.name, array_to_string(t.scopes, ','), t.read_only,
       to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(t.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(t.last_used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM platform.api_tokens AS t
WHERE t.organization_id = $1::uuid AND t.user_id = coalesce($2::uuid, t.user_id)
  AND t.revoked_at IS NULL AND t.expires_at > now()
ORDER BY t.created_at DESC, t.id
