-- The place to begin with is there, once.
SELECT count(*) = 1 AS default_project_there
FROM platform.projects AS p
JOIN platform.organizations AS o ON o.id = p.organization_id
WHERE o.slug = 'default' AND p.slug = 'default';
