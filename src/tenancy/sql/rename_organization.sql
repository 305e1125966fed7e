-- $1 the organization, $2 its new name.
UPDATE platform.organizations AS o
SET name = $2
WHERE o.id = $1::uuid
RETURNING o.id, o.slug, o.name, o.status,
    to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
    to_char(o.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
    (extract(epoch FROM o.updated_at) * 1000000)::bigint AS version
