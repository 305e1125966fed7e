-- The one made at installation, or the oldest. Run as the system user without an organization.
SELECT o.id
FROM platform.organizations AS o
WHERE o.status <> 'closed'
ORDER BY o.id = '00000000-0000-4000-8000-000000000001' DESC, o.created_at, o.id
LIMIT 1
