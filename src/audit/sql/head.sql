-- $1 chain. One row: whether the actor may read the trail, and where the head of the chain stands, if it has one.
SELECT platform.current_user_can('audit:read')
           OR nullif(current_setting('app.current_user_id', true), '')::uuid = platform.system_user_id() AS may_read,
       h.sequence,
       encode(h.hash, 'hex') AS hash
FROM (VALUES (1)) AS one (row)
LEFT JOIN platform.audit_heads AS h ON h.organization_id = $1::uuid
