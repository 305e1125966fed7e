-- Check: Sequence that nothing uses
-- Severity: info
-- Cost: C0
-- Why: no column's default and no function's body takes values of it: it is left over, or used by programs by its name.
-- Fix: drop it, or give it to its column with OWNED BY.
SELECT q.label AS object,
       format('no column owns or uses the sequence %s', q.label) AS message,
       format('DROP SEQUENCE %s', q.label) AS fix
  FROM relation q
 WHERE q.kind = 'S'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = q.oid
                      AND d.deptype IN ('a', 'i'))
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = q.oid
                      AND d.classid IN ('pg_attrdef'::regclass, 'pg_rewrite'::regclass, 'pg_proc'::regclass))
   AND NOT EXISTS (SELECT FROM pg_proc p JOIN user_schema s ON s.oid = p.pronamespace
                    WHERE strpos(p.prosrc, q.name) > 0)
 ORDER BY 1
