-- $1 project. Its own limits, if it has any.
SELECT p.name, l.max_databases, l.max_storage_bytes
FROM platform.projects AS p
LEFT JOIN platform.project_limits AS l ON l.project_id = p.id
WHERE p.id = $1::uuid
