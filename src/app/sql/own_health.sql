-- Run in one organization: notes that drydock's own database is healthy, where it is registered here.
SELECT platform.update_database_health(d.id, 'healthy')
FROM platform.databases AS d
WHERE d.metadata @> '{"role": "control-plane", "managed_by": "drydock"}'
