-- The project's credential for a variable of the environment, made where there is none.
-- $1 project, $2 name of the variable or the prefix of several, $3 kind
WITH made AS (
    INSERT INTO platform.credentials (project_id, name, kind, source, environment_name)
    VALUES ($1::uuid, $2::text, $3::text, 'environment', $2::text)
    ON CONFLICT ON CONSTRAINT credentials_project_id_name_key DO NOTHING
    RETURNING id)
SELECT m.id FROM made AS m
UNION ALL
SELECT c.id FROM platform.credentials AS c
WHERE c.project_id = $1::uuid AND c.name = $2::text AND c.source = 'environment' AND c.environment_name = $2::text
