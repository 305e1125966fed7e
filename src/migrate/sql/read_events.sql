-- Run by `migrate history --events`: every change of state, oldest first. $1 project, $2 id or NULL for all.
SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), id, event, by_role, client, coalesce(detail, '')
FROM drydock.migration_event
WHERE project = $1 AND ($2::text IS NULL OR id = $2)
ORDER BY seq
