-- Check: Rows that break a check constraint which was not enforced
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: the constraint is NOT VALID or NOT ENFORCED, so rows may break it: programs that trust it fail, and so does
--   whoever updates such a row.
-- Fix: mend the rows, then validate the constraint.
SELECT format('%s.%I', t.label, k.conname) AS object,
       format('{rows} of %s break the constraint %I', t.label, k.conname) AS message,
       t.bytes,
       format('SELECT %s FROM %s c{sample} WHERE NOT (%s)',
              coalesce(r.columns, 'c.*'), CASE WHEN k.connoinherit THEN 'ONLY ' ELSE '' END || t.label, e.broken) AS probe,
       e.expression,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', t.label, k.conname) AS fix
  FROM pg_constraint k
  JOIN user_table t ON t.oid = k.conrelid
  LEFT JOIN row_name r ON r.relid = t.oid
 CROSS JOIN LATERAL (
       SELECT CASE WHEN k.contype = 'n'
                   THEN (SELECT format('c.%I IS NOT NULL', a.attname) FROM pg_attribute a
                          WHERE a.attrelid = t.oid AND a.attnum = k.conkey[1])
                   ELSE pg_get_expr(k.conbin, k.conrelid) END AS broken,
              pg_get_constraintdef(k.oid) AS expression) e
 WHERE k.contype IN ('c', 'n') AND k.conparentid = 0 AND k.coninhcount = 0
   AND (NOT k.convalidated OR NOT coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true))
 ORDER BY t.bytes, 1
