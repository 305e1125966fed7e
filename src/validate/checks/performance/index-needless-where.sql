-- Check: Partial index whose condition is always true
-- Severity: info
-- Cost: C0
-- Why: the column is NOT NULL, so the condition leaves nothing out; but queries that don't repeat it may not use the
--   index.
-- Fix: the same index without the condition.
SELECT x.label AS object,
       format('%s has only rows where %I is not NULL, which it never is', x.label, a.attname) AS message,
       x.bytes,
       CASE WHEN x.kind = 'i' AND NOT x.is_unique
            THEN format(E'CREATE INDEX CONCURRENTLY %I ON %s USING %I (%s);\nDROP INDEX CONCURRENTLY %s',
                        left(x.name, 58) || '_all', x.table_label, x.method,
                        (SELECT string_agg(pg_get_indexdef(x.oid, n, true), ', ' ORDER BY n)
                           FROM generate_series(1, cardinality(x.keys)) n), x.label) END AS fix
  FROM user_index x
  JOIN pg_index i ON i.indexrelid = x.oid
  JOIN pg_attribute a ON a.attrelid = x.relid AND a.attnotnull AND a.attnum > 0
       AND pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname)
 WHERE x.is_partial AND x.is_valid
 ORDER BY x.label
