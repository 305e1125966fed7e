SELECT 'pg_transform'::regclass::oid AS _catalog, t.oid AS _oid,
    format('for %s language %s', format_type(t.trftype, NULL), l.lanname) AS _name,
    format(
        'CREATE TRANSFORM FOR %s LANGUAGE %I (%s)', format_type(t.trftype, NULL), l.lanname,
        concat_ws(
            ', ',
            'FROM SQL WITH FUNCTION ' || nullif(t.trffromsql, 0)::regprocedure::text,
            'TO SQL WITH FUNCTION ' || nullif(t.trftosql, 0)::regprocedure::text
        )
    ) AS definition
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE t.oid >= 16384
