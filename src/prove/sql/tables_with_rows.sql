-- Run by a proof in its shadow, in each state: the tables that hold rows, one line a column, with the table's bytes.
-- What the engine itself keeps is left out.
SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_relation_size(c.oid), a.attname
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r'
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'drydock')
  AND pg_catalog.pg_relation_size(c.oid) > 0
ORDER BY n.nspname, c.relname, c.oid, a.attnum
