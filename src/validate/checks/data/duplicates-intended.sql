-- Check: Nearly unique values that no index keeps unique
-- Severity: warning
-- Cost: C4
-- Mode: probes
-- Why: almost every value is there once, and its name says that it should be: those that are there twice are mistakes that
--   a unique index would have refused.
-- Fix: merge the duplicates, then add the unique index.
SELECT c.label AS object,
       format('{rows} that %s should have once are there more than once', c.label) AS message,
       c.bytes,
       s.n_distinct AS distinct_by_statistics,
       format('SELECT c.%1$I AS value, count(*) AS times FROM %2$s c WHERE c.%1$I IS NOT NULL GROUP BY 1 HAVING count(*) > 1',
              c.name, c.table_label) AS probe,
       format('CREATE UNIQUE INDEX%s ON %s (%I)', CASE WHEN c.kind = 'r' THEN ' CONCURRENTLY' ELSE '' END,
              c.table_label, c.name) AS fix
  FROM user_column c
  JOIN pg_stats s ON s.schemaname = c.schema AND s.tablename = c.table_name AND s.attname = c.name AND NOT s.inherited
 WHERE NOT c.is_partition AND s.n_distinct < -0.9
   AND c.type IN ('text'::regtype, 'varchar'::regtype, 'uuid'::regtype, 'int8'::regtype, 'int4'::regtype)
   AND c.name ~* '(^|_)(e?mail|login|user_?name|slug|code|number|no|sku|isbn|iban|uuid|guid|token|reference|external_id|serial)$'
   AND NOT EXISTS (SELECT FROM user_index x WHERE x.relid = c.relid AND x.is_unique AND c.number = ANY (x.keys))
   AND NOT EXISTS (SELECT FROM foreign_key k WHERE k.relid = c.relid AND c.number = ANY (k.child_key))
 ORDER BY c.bytes, 1
