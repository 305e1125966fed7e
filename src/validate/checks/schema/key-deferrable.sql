-- Check: Primary key or unique constraint that is deferrable
-- Severity: info
-- Cost: C0
-- Why: it is checked row by row at the end, no foreign key may reference it, ON CONFLICT can't use it, and as a primary
--   key it is no replica identity.
-- Fix: make it not deferrable, unless values are really swapped within a transaction.
SELECT format('%s.%I', t.label, k.conname) AS object,
       format('%s %I of %s is deferrable', CASE k.contype WHEN 'p' THEN 'primary key' ELSE 'unique constraint' END,
              k.conname, t.label) AS message,
       CASE WHEN k.contype = 'p' THEN 'warning' ELSE 'info' END AS severity,
       format(E'ALTER TABLE %s DROP CONSTRAINT %I;\nALTER TABLE %s ADD CONSTRAINT %I %s', t.label, k.conname, t.label,
              k.conname, regexp_replace(pg_get_constraintdef(k.oid), ' DEFERRABLE( INITIALLY DEFERRED)?', '')) AS fix
  FROM pg_constraint k
  JOIN user_table t ON t.oid = k.conrelid
 WHERE k.contype IN ('p', 'u') AND k.condeferrable AND k.conparentid = 0
 ORDER BY 1
