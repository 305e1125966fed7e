-- Check: Superuser that can log in
-- Severity: warning
-- Cost: C0
-- Why: a superuser passes every right and policy by, and can run programs on the server; one that a program logs in as
--   makes of each of its holes a hole in the server.
-- Fix: a role without it for programs; keep one for people who look after the server.
SELECT format('%I', r.rolname) AS object,
       format('%s is a superuser and can log in', r.rolname) AS message,
       (SELECT string_agg(DISTINCT coalesce(nullif(a.application_name, ''), 'without a name'), ', ')
          FROM pg_stat_activity a WHERE a.usesysid = r.oid AND a.pid <> pg_backend_pid()) AS programs,
       format('ALTER ROLE %I NOSUPERUSER', r.rolname) AS fix
  FROM pg_roles r
 WHERE r.rolsuper AND r.rolcanlogin
   AND r.oid <> 10 -- the one that the server was made with can't be anything else
 ORDER BY 1
