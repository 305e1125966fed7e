-- Check: SECURITY DEFINER function without a search_path of its own
-- Severity: critical
-- Cost: C0
-- Why: it runs with its owner's rights and looks names up where its caller says, so a caller puts a table or function of
--   his own in their place.
-- Fix: set its search_path, pg_temp last.
SELECT format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       format('%I.%I runs as %s and looks names up where its caller says', s.name, p.proname, pg_get_userbyid(p.proowner))
           AS message,
       CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'critical' ELSE 'warning' END AS severity,
       pg_get_userbyid(p.proowner) AS owner, l.lanname AS language,
       format('ALTER ROUTINE %I.%I(%s) SET search_path = %I, pg_temp', s.name, p.proname,
              pg_get_function_identity_arguments(p.oid), s.name) AS fix
  FROM pg_proc p
  JOIN user_schema s ON s.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.prosecdef
   AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c(setting) WHERE c.setting LIKE 'search\_path=%')
   -- A body that was parsed when it was made has its names looked up already.
   AND NOT (l.lanname = 'sql' AND to_jsonb(p) ->> 'prosqlbody' IS NOT NULL)
   AND l.lanname NOT IN ('c', 'internal')
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
