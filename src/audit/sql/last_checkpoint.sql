-- $1 chain: its newest checkpoint, and the time by the control plane's clock for the next.
SELECT c.size,
       encode(c.frontier, 'hex') AS frontier,
       c.note,
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS now
FROM (VALUES (1)) AS one (row)
LEFT JOIN LATERAL (
    SELECT * FROM platform.audit_checkpoints AS a WHERE a.organization_id = $1::uuid ORDER BY a.size DESC LIMIT 1
) AS c ON true
