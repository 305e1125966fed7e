-- The default project, where there is one, has the control plane in its registry.
SELECT count(d.id) = 1 AS control_plane_registered
FROM platform.projects AS p
JOIN platform.organizations AS o ON o.id = p.organization_id
LEFT JOIN platform.databases AS d ON d.project_id = p.id AND d.name = 'control-plane'
WHERE o.slug = 'default' AND p.slug = 'default' AND p.status = 'active'
GROUP BY p.id;
