-- Run around CREATE and DROP INDEX CONCURRENTLY: the index of that name. $1 schema or '', $2 index name, $3 table schema
-- or '', $4 table name or ''. An index lives in its table's schema; without any schema the search path decides, as it
-- does for the statement. At most one row: oid, valid, quoted name, being built
-- right now.
SELECT
    i.indexrelid::bigint, i.indisvalid, format('%I.%I', n.nspname, c.relname),
    EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid)
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname = $2::text
    AND CASE
        WHEN $1::text <> '' THEN n.nspname = $1::text
        WHEN $4::text <> '' THEN i.indrelid = to_regclass(CASE WHEN $3::text <> '' THEN format('%I.%I', $3::text, $4::text) ELSE format('%I', $4::text) END)
        ELSE pg_table_is_visible(c.oid)
    END
LIMIT 1
