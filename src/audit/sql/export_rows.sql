-- Conditions, order and limit are added by list.cpp. As JSON, all of a line.
SELECT l.sequence,
       (SELECT row_to_json(r)
        FROM (SELECT l.organization_id,
             l.sequence,
             encode(l.previous_hash, 'hex') AS previous_hash,
             to_char(l.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS occurred_at,
             l.user_id,
             l.via,
             l.request_id,
             encode(l.actor_hash, 'hex') AS actor_hash,
             l.action,
             l.object_type,
             l.object_id,
             encode(l.object_hash, 'hex') AS object_hash,
             l.outcome,
             l.details,
             encode(l.hash, 'hex') AS hash,
             l.login,
             l.address,
             encode(l.actor_salt, 'hex') AS actor_salt,
             l.object_name,
             encode(l.object_salt, 'hex') AS object_salt) AS r) AS line
FROM platform.audit_log AS l
