-- Check: Function without a comment among commented ones
-- Severity: info
-- Cost: C0
-- Why: most functions of its schema say what they do; this one was forgotten.
-- Fix: COMMENT ON FUNCTION.
SELECT format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       format('%I.%I has no comment; most functions of the schema have one', s.name, p.proname) AS message,
       format('COMMENT ON ROUTINE %I.%I(%s) IS ''...''', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS fix
  FROM pg_proc p
  JOIN user_schema s ON s.oid = p.pronamespace
 WHERE obj_description(p.oid, 'pg_proc') IS NULL
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
   AND s.oid IN (SELECT o.pronamespace FROM pg_proc o
                  WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = o.oid
                                       AND d.deptype = 'e')
                  GROUP BY o.pronamespace
                 HAVING count(*) > 2 AND count(obj_description(o.oid, 'pg_proc')) * 2 > count(*))
 ORDER BY 1
