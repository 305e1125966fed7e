-- Check: Column that is never NULL and may be
-- Severity: info
-- Cost: C1
-- Why: by the statistics no row has a NULL there. NOT NULL would keep it so, spare programs a case that never comes, and let
--   the planner do more.
-- Fix: add it as a check NOT VALID, validate that, then SET NOT NULL: nothing is locked for long.
SELECT c.label AS object,
       format('%s has no NULL by the statistics, and may have', c.label) AS message,
       c.tuples::bigint AS estimated_rows,
       format(E'ALTER TABLE %1$s ADD CONSTRAINT %2$I CHECK (%3$I IS NOT NULL) NOT VALID;\n'
              'ALTER TABLE %1$s VALIDATE CONSTRAINT %2$I;\nALTER TABLE %1$s ALTER COLUMN %3$I SET NOT NULL;\n'
              'ALTER TABLE %1$s DROP CONSTRAINT %2$I', c.table_label, left(c.name, 50) || '_given', c.name) AS fix
  FROM user_column c
  JOIN pg_stats s ON s.schemaname = c.schema AND s.tablename = c.table_name AND s.attname = c.name AND NOT s.inherited
 WHERE NOT c.not_null AND NOT c.is_partition AND s.null_frac = 0 AND c.tuples >= 1000 AND c.generated = ''
   AND (c.name ~* '(^id$|_id$|_at$|_on$|^(name|email|status|type|kind|state|code|title|created|updated|amount|quantity|price|position)$)'
        OR EXISTS (SELECT FROM foreign_key k WHERE k.relid = c.relid AND c.number = ANY (k.child_key))
        OR EXISTS (SELECT FROM user_index x WHERE x.relid = c.relid AND x.is_unique AND c.number = ANY (x.keys)))
 ORDER BY 1
