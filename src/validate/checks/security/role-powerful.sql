-- Check: Role that can do more than use the database
-- Severity: info
-- Cost: C0
-- Why: CREATEROLE can make and (before 16) become nearly any other role, REPLICATION can copy the whole server, CREATEDB
--   can fill its disk.
-- Fix: take away what its work doesn't need.
SELECT format('%I', r.rolname) AS object,
       format('%s may %s', r.rolname, w.what) AS message,
       CASE WHEN r.rolcreaterole OR r.rolreplication THEN 'warning' ELSE 'info' END AS severity,
       format('ALTER ROLE %I NOCREATEROLE NOCREATEDB NOREPLICATION', r.rolname) AS fix
  FROM pg_roles r
 CROSS JOIN LATERAL (
       SELECT concat_ws(', ', CASE WHEN r.rolcreaterole THEN 'make roles' END,
                        CASE WHEN r.rolreplication THEN 'copy the whole server' END,
                        CASE WHEN r.rolcreatedb THEN 'make databases' END) AS what) w
 WHERE r.rolcanlogin AND NOT r.rolsuper AND w.what <> ''
 ORDER BY 1
