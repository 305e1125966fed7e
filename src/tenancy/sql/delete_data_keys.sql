-- The keys of a project, with which all that they have sealed can't be opened any more; refused while anything is.
-- $1 the project.
DELETE FROM platform.data_keys AS k WHERE k.project_id = $1::uuid RETURNING k.id, k.purpose, k.version
