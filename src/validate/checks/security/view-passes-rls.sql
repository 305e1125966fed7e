-- Check: View that passes row security by
-- Severity: warning
-- Cost: C0
-- Versions: 15+
-- Why: a view reads its tables with its owner's rights, and for an owner (or a superuser) policies don't hold: who may read
--   the view reads every row.
-- Fix: security_invoker, so that it reads with the rights of who asks; who asks needs rights on the tables then.
SELECT DISTINCT v.label AS object,
       format('%s reads %s, whose policies do not hold for its owner %s', v.label,
              string_agg(t.label, ', ') OVER (PARTITION BY v.oid), pg_get_userbyid(v.owner)) AS message,
       format('ALTER VIEW %s SET (security_invoker = true)', v.label) AS fix
  FROM relation v
  JOIN LATERAL (
       SELECT DISTINCT d.refobjid AS oid
         FROM pg_rewrite w
         JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
              AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
        WHERE w.ev_class = v.oid) f ON true
  JOIN user_table t ON t.oid = f.oid AND t.row_security
  JOIN pg_roles r ON r.oid = v.owner
 WHERE v.kind = 'v'
   AND NOT EXISTS (SELECT FROM unnest(v.options) o WHERE o ~* '^security_invoker=(true|on|yes|1|t|y)$')
   AND (r.rolsuper OR r.rolbypassrls OR (t.owner = v.owner AND NOT t.force_row_security))
 ORDER BY 1
