-- $1 organization.
SELECT u.id, CASE WHEN u.kind = 'person' THEN u.email ELSE '' END, u.display_name, u.kind, r.role, u.status,
       to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM platform.user_roles AS r
JOIN platform.users AS u ON u.id = r.user_id
WHERE r.organization_id = $1::uuid
ORDER BY r.created_at, u.id
