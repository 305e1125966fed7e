-- Check: Column that pg_upgrade refuses
-- Severity: warning
-- Cost: C0
-- Why: the type holds an OID that is another one after an upgrade, so pg_upgrade stops.
-- Fix: keep the name as text.
SELECT c.label AS object,
       format('%s is of type %s, which pg_upgrade refuses', c.label, c.type_name) AS message,
       format('ALTER TABLE %s ALTER COLUMN %I TYPE text', c.table_label, c.name) AS fix
  FROM user_column c
  JOIN pg_type y ON y.oid = c.type
 WHERE (y.oid IN ('regcollation'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype,
                  'regoper'::regtype, 'regoperator'::regtype, 'regproc'::regtype, 'regprocedure'::regtype)
        OR y.typelem IN ('regcollation'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype,
                         'regnamespace'::regtype, 'regoper'::regtype, 'regoperator'::regtype, 'regproc'::regtype,
                         'regprocedure'::regtype))
 ORDER BY 1
