-- Check: Column with very few NULLs
-- Severity: info
-- Cost: C3
-- Mode: probes
-- Why: one NULL among thousands of values is rarely meant: a row that was written by hand, or a case that a program forgot.
-- Fix: fill them in, then make the column NOT NULL.
SELECT c.label AS object,
       format('{rows} with a NULL in %s, where nearly all have a value', c.label) AS message,
       c.bytes, s.null_frac,
       format('SELECT %s FROM %s c{sample} WHERE c.%I IS NULL', coalesce(r.columns, 'c.*'), c.table_label, c.name) AS probe,
       format(E'UPDATE %s SET %I = ... WHERE %I IS NULL;\nALTER TABLE %s ALTER COLUMN %I SET NOT NULL', c.table_label, c.name,
              c.name, c.table_label, c.name) AS fix
  FROM user_column c
  JOIN pg_stats s ON s.schemaname = c.schema AND s.tablename = c.table_name AND s.attname = c.name AND NOT s.inherited
  LEFT JOIN row_name r ON r.relid = c.relid
 WHERE NOT c.not_null AND NOT c.is_partition AND c.tuples >= 1000 AND s.null_frac > 0 AND s.null_frac < 0.002
 ORDER BY c.bytes, 1
