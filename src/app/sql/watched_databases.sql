-- Of the transaction's organization: what is to be checked, and a text that changes with where and how it is reached.
-- Not drydock's own database: a server that can ask this has just seen that it answers (own_health.sql).
SELECT d.id,
       d.credential_version || ' ' || d.updated_at || ' ' || coalesce(c.version, 0) AS version
FROM platform.databases AS d
LEFT JOIN platform.credentials AS c ON c.id = d.credential_id
WHERE d.status IN ('active', 'error')
  AND NOT d.metadata @> '{"role": "control-plane", "managed_by": "drydock"}'
ORDER BY d.id
