-- $1 organization, $2 a user: how many owners besides them can sign in.
SELECT count(*)
FROM platform.user_roles AS r
JOIN platform.users AS u ON u.id = r.user_id
WHERE r.organization_id = $1::uuid AND r.role = 'owner' AND r.user_id <> $2::uuid
  AND u.status = 'active' AND u.kind = 'person'
