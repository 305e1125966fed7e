-- Run around CREATE INDEX CONCURRENTLY without a name, and REINDEX … CONCURRENTLY: the indexes of a table.
-- $1 schema or '', $2 table. A row an index: oid, valid, quoted name.
SELECT i.indexrelid::bigint, i.indisvalid, format('%I.%I', n.nspname, c.relname)
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE i.indrelid = to_regclass(CASE WHEN $1::text <> '' THEN format('%I.%I', $1::text, $2::text) ELSE format('%I', $2::text) END)
ORDER BY i.indexrelid
