-- The tables of tenants are closed, also to their owner; and who may only look may run nothing.
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) AS forced, count(*) = 2 AS both
FROM pg_class AS c
WHERE c.relnamespace = 'platform'::regnamespace AND c.relname IN ('job_files', 'validations');

SELECT NOT EXISTS (
    SELECT FROM platform.role_permissions AS p
    WHERE p.role IN ('member', 'viewer') AND p.permission = 'migrations:run') AS only_admins_run;
