-- Conditions, order and limit are added by list.cpp.
SELECT l.sequence,
       to_char(l.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS occurred_at,
       l.user_id,
       coalesce(nullif(u.display_name, ''), u.email) AS user_name,
       l.via,
       l.request_id,
       l.login,
       l.address,
       l.action,
       l.object_type,
       l.object_id,
       l.object_name,
       l.outcome,
       l.details,
       encode(l.hash, 'hex') AS hash
FROM platform.audit_log AS l
LEFT JOIN platform.users AS u ON u.id = l.user_id
