-- Check: Generated column that is not what its expression gives
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: a stored generated column is computed when a row is written. When a function in its expression is replaced, the
--   rows that are there keep what the old one gave.
-- Fix: write the rows again.
SELECT c.label AS object,
       format('{rows} of %s where %I is not what its expression gives now', c.table_label, c.name) AS message,
       c.bytes,
       format('SELECT %s FROM %s c{sample} WHERE c.%I IS DISTINCT FROM (%s)',
              concat_ws(', ', r.columns, format('c.%I AS stored', c.name)),
              c.table_label, c.name, pg_get_expr(d.adbin, d.adrelid)) AS probe,
       pg_get_expr(d.adbin, d.adrelid) AS expression,
       -- It is computed anew only where a column that it is made of is written.
       format('UPDATE %1$s c SET %2$I = %2$I WHERE c.%3$I IS DISTINCT FROM (%4$s)', c.table_label,
              (SELECT min(b.name) FROM pg_depend f JOIN user_column b ON b.relid = c.relid AND b.number = f.refobjsubid
                WHERE f.refclassid = 'pg_class'::regclass AND f.refobjid = c.relid AND b.number <> c.number
                  AND ((f.classid = 'pg_attrdef'::regclass AND f.objid = d.oid)
                       OR (f.classid = 'pg_class'::regclass AND f.objid = c.relid AND f.objsubid = c.number))),
              c.name, pg_get_expr(d.adbin, d.adrelid)) AS fix
  FROM user_column c
  JOIN pg_attrdef d ON d.adrelid = c.relid AND d.adnum = c.number
  LEFT JOIN row_name r ON r.relid = c.relid
 -- What is made of functions of PostgreSQL alone doesn't change, and types of extensions have operators of their own.
 WHERE c.generated = 's' AND NOT c.is_partition AND c.type < 16384
   AND EXISTS (SELECT FROM pg_depend f JOIN pg_proc p ON p.oid = f.refobjid JOIN user_schema s ON s.oid = p.pronamespace
                WHERE f.refclassid = 'pg_proc'::regclass
                  AND ((f.classid = 'pg_attrdef'::regclass AND f.objid = d.oid)
                       OR (f.classid = 'pg_class'::regclass AND f.objid = c.relid AND f.objsubid = c.number)))
 ORDER BY c.bytes, 1
