-- $1 the acting user, without an organization.
SELECT o.id, o.slug, o.name, o.status, r.role
FROM platform.user_roles AS r
JOIN platform.organizations AS o ON o.id = r.organization_id
WHERE r.user_id = $1::uuid
ORDER BY o.name, o.id
