-- Run as the system user without an organization: id of each that is not closed.
SELECT o.id
FROM platform.organizations AS o
WHERE o.status <> 'closed'
ORDER BY o.id
