-- Check: SECURITY DEFINER function that every role may call
-- Severity: warning
-- Cost: C0
-- Why: it does with its owner's rights what its caller may not; a new function may be called by everybody unless that is
--   revoked.
-- Fix: revoke it, and grant it to the roles that are meant.
SELECT format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       format('every role may call %I.%I, which runs as %s%s', s.name, p.proname, r.rolname,
              CASE WHEN r.rolsuper THEN ', a superuser' ELSE '' END) AS message,
       CASE WHEN r.rolsuper THEN 'warning' ELSE 'info' END AS severity,
       r.rolname AS owner,
       format('REVOKE EXECUTE ON ROUTINE %I.%I(%s) FROM PUBLIC', s.name, p.proname,
              pg_get_function_identity_arguments(p.oid)) AS fix
  FROM pg_proc p
  JOIN user_schema s ON s.oid = p.pronamespace
  JOIN pg_roles r ON r.oid = p.proowner
 WHERE p.prosecdef
   AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
   AND has_schema_privilege('public', s.oid, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
