-- Check: Unique values that no index keeps unique
-- Severity: info
-- Cost: C1
-- Why: by the statistics every value is there once, and the column is named like something that should be; without an index
--   nothing keeps it so.
-- Fix: add a unique index, when it is meant. duplicates-intended looks whether there are duplicates.
SELECT c.label AS object,
       format('%s is unique by the statistics, and nothing keeps it so', c.label) AS message,
       c.tuples::bigint AS estimated_rows,
       format('CREATE UNIQUE INDEX%s ON %s (%I)', CASE WHEN c.kind = 'r' THEN ' CONCURRENTLY' ELSE '' END,
              c.table_label, c.name) AS fix
  FROM user_column c
  JOIN pg_stats s ON s.schemaname = c.schema AND s.tablename = c.table_name AND s.attname = c.name AND NOT s.inherited
 WHERE NOT c.is_partition AND s.n_distinct = -1 AND s.null_frac < 1 AND c.tuples >= 100
   AND c.type IN ('text'::regtype, 'varchar'::regtype, 'uuid'::regtype, 'int8'::regtype, 'int4'::regtype)
   AND c.name ~* '(^|_)(e?mail|login|user_?name|slug|code|number|no|sku|isbn|iban|uuid|guid|token|reference|external_id|serial)$'
   AND NOT EXISTS (SELECT FROM user_index x WHERE x.relid = c.relid AND x.is_unique AND c.number = ANY (x.keys))
   AND NOT EXISTS (SELECT FROM foreign_key k WHERE k.relid = c.relid AND c.number = ANY (k.child_key))
 ORDER BY 1
