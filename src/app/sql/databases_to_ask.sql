-- Of the transaction's organization: what is asked for facts, first what was not asked for the longest time. Not drydock's own
-- database.
SELECT d.id, d.name
FROM platform.databases AS d
LEFT JOIN platform.database_facts AS f ON f.database_id = d.id
WHERE d.status = 'active' AND d.type IN ('postgresql', 'mongodb', 'redis')
  AND NOT d.metadata @> '{"role": "control-plane", "managed_by": "drydock"}'
ORDER BY f.tried_at NULLS FIRST, d.id
