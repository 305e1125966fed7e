-- Run before a REINDEX … CONCURRENTLY that was interrupted: the invalid copies that PostgreSQL names _ccnew and _ccold.
-- $1 schema or '', $2 the index or table that was to be rebuilt. A row an index: its quoted name.
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
    AND (
        starts_with(c.relname, $2::text || '_cc')
        OR i.indrelid = to_regclass(CASE WHEN $1::text <> '' THEN format('%I.%I', $1::text, $2::text) ELSE format('%I', $2::text) END)
    )
