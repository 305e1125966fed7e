-- Run as the system user without an organization. In the order in which trails are locked.
SELECT o.id FROM platform.organizations AS o ORDER BY o.id
