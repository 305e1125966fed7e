-- $1 the organization, which nobody else changes until the end of the transaction.
SELECT o.id, o.slug, o.name, o.status,
       to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
       to_char(o.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
       (extract(epoch FROM o.updated_at) * 1000000)::bigint AS version
FROM platform.organizations AS o
WHERE o.id = $1::uuid
FOR UPDATE
