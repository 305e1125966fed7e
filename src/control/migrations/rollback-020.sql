-- Undoes 020_changes.sql. Destroys what checks have found, and the files of jobs: one that waits can't be run any more.

DROP FUNCTION platform.grant_change_roles();
DROP TABLE platform.validations;
DROP TABLE platform.job_files;
DELETE FROM platform.role_permissions WHERE permission IN ('migrations:read', 'migrations:run', 'validations:read', 'validations:run');
DELETE FROM platform.permissions WHERE name IN ('migrations:read', 'migrations:run', 'validations:read', 'validations:run');
