-- One, those of a project, or all of the organization; never what is sealed.
-- $1 id or empty, $2 project or empty
SELECT c.id, c.project_id, c.name, c.kind, c.source, c.username, c.environment_name, c.version,
    (SELECT count(*) FROM platform.databases AS d WHERE d.credential_id = c.id),
    to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(c.rotated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM platform.credentials AS c
WHERE ($1::text = '' OR c.id = nullif($1, '')::uuid)
  AND ($2::text = '' OR c.project_id = nullif($2, '')::uuid)
ORDER BY c.name, c.id
LIMIT 1000
