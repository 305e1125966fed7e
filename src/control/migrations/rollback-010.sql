-- Undoes 010_jobs.sql. Destroys all jobs and schedules: what waits is never done.

DROP FUNCTION platform.grant_job_roles();
DROP TABLE platform.job_leaders;
DROP TABLE platform.replicas;
DROP TABLE platform.job_attempts;
DROP TABLE platform.jobs;
DROP TABLE platform.job_schedules;
DELETE FROM platform.role_permissions WHERE permission IN ('jobs:read', 'jobs:run', 'schedules:write');
DELETE FROM platform.permissions WHERE name IN ('jobs:read', 'jobs:run', 'schedules:write');
