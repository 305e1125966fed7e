-- Migration: First organization
-- Purpose: An organization and a project to begin with, both called default, so that a fresh installation has a place
--   for its first databases. Where they are there already, nothing changes.
-- Dependencies: 001_platform.sql
-- Rollback: rollback-004.sql
-- Environment: all

INSERT INTO platform.organizations (id, slug, name)
VALUES ('00000000-0000-4000-8000-000000000001', 'default', 'Default organization')
ON CONFLICT DO NOTHING;

INSERT INTO platform.projects (id, organization_id, slug, name, description)
SELECT '00000000-0000-4000-8000-000000000002', o.id, 'default', 'Default project', 'Made at installation'
FROM platform.organizations AS o
WHERE o.slug = 'default'
ON CONFLICT DO NOTHING;
