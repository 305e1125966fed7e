-- Check: Code that runs as a superuser
-- Severity: warning
-- Cost: C0
-- Why: a SECURITY DEFINER function of a superuser lends its callers all rights over the server, and one slip in it is
--   enough.
-- Fix: give it to a role with no more than it needs.
SELECT format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       format('%I.%I runs with the rights of %s, a superuser', s.name, p.proname, r.rolname) AS message,
       -- A trigger's can't be called, but runs for whoever writes.
       CASE WHEN p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) THEN 'info' ELSE 'warning' END AS severity,
       format('ALTER ROUTINE %I.%I(%s) OWNER TO ...', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS fix
  FROM pg_proc p
  JOIN user_schema s ON s.oid = p.pronamespace
  JOIN pg_roles r ON r.oid = p.proowner AND r.rolsuper
 WHERE p.prosecdef
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
