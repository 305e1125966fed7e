-- $1 a user, who acts, without an organization. In the order in which trails are locked.
SELECT r.organization_id, r.role
FROM platform.user_roles AS r
WHERE r.user_id = $1::uuid
ORDER BY r.organization_id
