-- $1 chain, $2 the last sequence read, $3 how many. The first 14 columns are the fields of the canonical form in order.
SELECT l.organization_id,
       l.sequence,
       encode(l.previous_hash, 'hex'),
       to_char(l.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       l.user_id,
       l.via,
       l.request_id,
       encode(l.actor_hash, 'hex'),
       l.action,
       l.object_type,
       l.object_id,
       encode(l.object_hash, 'hex'),
       l.outcome,
       l.details::text,
       encode(l.hash, 'hex'),
       l.login,
       l.address,
       encode(l.actor_salt, 'hex'),
       l.object_name,
       encode(l.object_salt, 'hex')
FROM platform.audit_log AS l
WHERE l.organization_id = $1::uuid
  AND l.sequence > $2::bigint
ORDER BY l.sequence
LIMIT $3::integer
