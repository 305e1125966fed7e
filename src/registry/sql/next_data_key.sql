-- The version of the next key of a project for a purpose, and the project's id as it is written; nothing where it has an
-- active one, or there is no such project. After the lock of platform.active_data_key, held alone.
-- $1 project, $2 purpose
SELECT coalesce(max(k.version), 0) + 1, p.id
FROM platform.projects AS p
LEFT JOIN platform.data_keys AS k ON k.project_id = p.id AND k.purpose = $2::text
WHERE p.id = $1::uuid
GROUP BY p.id
HAVING NOT coalesce(bool_or(k.state = 'active'), false)
