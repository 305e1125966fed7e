-- The tables of tenants are closed, also to their owner.
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) AS forced, count(*) = 3 AS all_three
FROM pg_class AS c
WHERE c.relnamespace = 'platform'::regnamespace AND c.relname IN ('jobs', 'job_attempts', 'job_schedules');

-- Everybody sees, members run, admins schedule.
SELECT bool_and((p.role = ANY (e.roles)) = EXISTS (
           SELECT FROM platform.role_permissions AS r WHERE r.role = p.role AND r.permission = e.permission)) AS as_meant
FROM (VALUES ('jobs:read', '{owner,admin,member,viewer}'::text[]), ('jobs:run', '{owner,admin,member}'),
    ('schedules:write', '{owner,admin}')) AS e (permission, roles)
CROSS JOIN (VALUES ('owner'), ('admin'), ('member'), ('viewer')) AS p (role);
