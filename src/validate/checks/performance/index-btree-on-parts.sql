-- Check: B-tree on a column that is searched by its parts
-- Severity: warning
-- Cost: C0
-- Why: a btree finds an array, a JSON document or a text search vector only as a whole; a look for an element in it reads
--   the table.
-- Fix: an index that knows the elements: GIN.
SELECT x.label AS object,
       format('%s is a btree over %s.%I, which is %s', x.label, x.table_label, a.attname,
              format_type(a.atttypid, a.atttypmod)) AS message,
       x.bytes,
       CASE WHEN cardinality(x.keys) = 1 AND NOT x.is_partial AND x.kind = 'i'
            THEN format(E'CREATE INDEX CONCURRENTLY %I ON %s USING gin (%I);\nDROP INDEX CONCURRENTLY %s',
                        left(x.name, 58) || '_gin', x.table_label, a.attname, x.label) END AS fix
  FROM user_index x
  JOIN LATERAL (
       SELECT a.attname, a.atttypid, a.atttypmod
         FROM pg_attribute a
         JOIN pg_type y ON y.oid = a.atttypid
        WHERE a.attrelid = x.relid AND a.attnum = ANY (x.keys)
          AND (y.typcategory = 'A' OR y.typname IN ('jsonb', 'tsvector'))
        ORDER BY array_position(x.keys, a.attnum)
        LIMIT 1) a ON true
 WHERE x.method = 'btree' AND NOT x.is_unique AND x.is_valid AND NOT x.is_partition
 ORDER BY x.label
