-- $1 organization, $2 user.
SELECT r.role
FROM platform.user_roles AS r
JOIN platform.users AS u ON u.id = r.user_id
WHERE r.organization_id = $1::uuid AND r.user_id = $2::uuid AND u.kind = 'service' AND u.status = 'active'
