-- Run after the history is read, from its format 2 on: how well the generated rollbacks bring back what was there.
-- $1 project. A row a migration that has one.
SELECT id, rollback_grade
FROM drydock.migration
WHERE project = $1 AND rollback_grade IS NOT NULL
