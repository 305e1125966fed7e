-- Check: Values that break a domain
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: a constraint that was added to a domain NOT VALID, or calls a function, may be broken by values that are there.
-- Fix: mend the values, then ALTER DOMAIN … VALIDATE CONSTRAINT.
SELECT format('%s %I.%I.%I', c.label, s.name, y.typname, k.conname) AS object,
       format('{rows} of %s break the constraint %I of the domain %I', c.label, k.conname, y.typname) AS message,
       c.bytes,
       format('SELECT %s FROM %s c{sample} WHERE NOT (%s)', concat_ws(', ', r.columns, format('c.%I AS value', c.name)),
              c.table_label,
              regexp_replace(pg_get_expr(k.conbin, 0), '\mVALUE\M', format('(c.%s)::%s', c.quoted, b.base), 'g')) AS probe,
       pg_get_constraintdef(k.oid) AS expression,
       CASE WHEN NOT k.convalidated
            THEN format('ALTER DOMAIN %I.%I VALIDATE CONSTRAINT %I', s.name, y.typname, k.conname) END AS fix
  FROM pg_constraint k
  JOIN pg_type y ON y.oid = k.contypid
  JOIN user_schema s ON s.oid = y.typnamespace
  JOIN user_column c ON c.type = y.oid AND NOT c.is_partition
  LEFT JOIN row_name r ON r.relid = c.relid
 CROSS JOIN LATERAL (SELECT format_type(y.typbasetype, y.typtypmod) AS base) b
 WHERE k.contype = 'c'
   AND (NOT k.convalidated
        OR EXISTS (SELECT FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid JOIN user_schema u ON u.oid = p.pronamespace
                    WHERE d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
                      AND d.refclassid = 'pg_proc'::regclass))
 ORDER BY c.bytes, 1
