-- $1 their status or NULL for any, $2 the slug after which to begin, $3 how many.
SELECT p.id, p.slug, p.name, p.description, p.status,
       (SELECT count(*) FROM platform.databases AS d WHERE d.project_id = p.id) AS databases,
       to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
       to_char(p.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
       (extract(epoch FROM p.updated_at) * 1000000)::bigint AS version
FROM platform.projects AS p
WHERE ($1::text IS NULL OR p.status = $1) AND p.slug > $2
ORDER BY p.slug
LIMIT $3::integer
