-- Check: Index that holds mostly NULLs
-- Severity: info
-- Cost: C0
-- Parameter: percent = 90, of the rows that are NULL
-- Parameter: rows = 10000, from how many rows on
-- Why: a btree has an entry for every NULL, which nobody looks for; it is many times as big as it has to be.
-- Fix: an index of the rows that have a value, in its place.
SELECT x.label AS object,
       format('%s %% of %s.%I are NULL, and %s has them all', round((100 * s.null_frac)::numeric), x.table_label, a.attname,
              x.label) AS message,
       x.bytes,
       format(E'CREATE INDEX CONCURRENTLY %I ON %s (%I) WHERE %I IS NOT NULL;\nDROP INDEX CONCURRENTLY %s',
              left(x.name, 57) || '_given', x.table_label, a.attname, a.attname, x.label) AS fix
  FROM user_index x
  JOIN relation t ON t.oid = x.relid
  JOIN pg_attribute a ON a.attrelid = x.relid AND a.attnum = x.keys[1]
  JOIN pg_stats s ON s.schemaname = t.schema AND s.tablename = t.name AND s.attname = a.attname AND NOT s.inherited
 WHERE cardinality(x.keys) = 1 AND x.method = 'btree' AND x.is_valid AND x.kind = 'i'
   AND NOT x.is_unique AND NOT x.is_partial AND NOT x.backs_constraint AND NOT x.is_partition
   AND s.null_frac >= {percent} / 100.0 AND x.table_tuples >= {rows}
 ORDER BY x.bytes DESC, x.label
