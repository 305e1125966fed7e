-- $1 project, $2 metric. Counted as the trigger databases_limit does.
SELECT p.name,
       platform.project_limit(p.id, $2) AS most,
       CASE $2
           WHEN 'databases' THEN (
               SELECT count(*) FROM platform.databases AS d WHERE d.project_id = p.id AND d.status <> 'inactive')
           ELSE (
               SELECT coalesce(sum(z.bytes), 0)
               FROM platform.databases AS d
               JOIN platform.database_sizes AS z ON z.database_id = d.id
               WHERE d.project_id = p.id AND d.status <> 'inactive')::bigint
           END AS used
FROM platform.projects AS p
WHERE p.id = $1::uuid
