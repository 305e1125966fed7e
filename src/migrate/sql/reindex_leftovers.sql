-- Run before a REINDEX … CONCURRENTLY that was interrupted: the invalid copies that PostgreSQL names _ccnew and _ccold.
-- $1 schema or '', $2 the index that was to be rebuilt or ''; $3 table schema or '', $4 the table of which all were.
-- A row an index: its quoted name. A long name is cut before the ending is put behind it.
WITH whole (oid) AS (
    SELECT to_regclass(CASE WHEN $3::text <> '' THEN format('%I.%I', $3::text, $4::text) ELSE format('%I', $4::text) END)::oid
    WHERE $4::text <> ''
),
tables (oid) AS (
    SELECT oid FROM whole
    UNION
    SELECT tree.relid::oid FROM whole CROSS JOIN LATERAL pg_partition_tree(whole.oid::regclass) AS tree
),
rebuilt (table_oid, index_name) AS (
    SELECT i.indrelid, $2::text
    FROM pg_index AS i
    WHERE $2::text <> ''
        AND i.indexrelid = to_regclass(CASE WHEN $1::text <> '' THEN format('%I.%I', $1::text, $2::text) ELSE format('%I', $2::text) END)
    UNION ALL
    SELECT oid, NULL FROM tables
    UNION ALL
    SELECT c.reltoastrelid, NULL FROM tables JOIN pg_class AS c USING (oid) WHERE c.reltoastrelid <> 0
)
SELECT format('%I.%I', n.nspname, c.relname)
FROM rebuilt
JOIN pg_index AS i ON i.indrelid = rebuilt.table_oid
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '') AS of (name)
WHERE NOT i.indisvalid
    AND c.relname <> of.name
    AND (
        rebuilt.index_name IS NULL
        OR of.name = rebuilt.index_name
        OR (octet_length(c.relname) > 56 AND starts_with(rebuilt.index_name, of.name))
    )
