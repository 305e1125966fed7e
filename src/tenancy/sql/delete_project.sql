-- $1 the project.
DELETE FROM platform.projects AS p WHERE p.id = $1::uuid RETURNING p.id
