-- The version of a collation is the operating system's, not the schema's.
SELECT 'pg_collation'::regclass::oid AS _catalog, c.oid AS _oid, n.nspname AS _schema, c.collname AS _name,
    pg_get_userbyid(c.collowner) AS owner,
    format(
        'CREATE COLLATION %I.%I (%s)', n.nspname, c.collname,
        concat_ws(
            ', ',
            'PROVIDER = ' || CASE c.collprovider
                WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin' ELSE 'default' END,
            'LOCALE = ' || quote_literal(coalesce(c.new ->> 'colllocale', c.new ->> 'colliculocale', CASE
                WHEN c.collprovider = 'i' OR c.new ->> 'collcollate' = c.new ->> 'collctype'
                THEN c.new ->> 'collcollate' END)),
            CASE WHEN c.new ->> 'collcollate' <> c.new ->> 'collctype'
                THEN 'LC_COLLATE = ' || quote_literal(c.new ->> 'collcollate') END,
            CASE WHEN c.new ->> 'collcollate' <> c.new ->> 'collctype'
                THEN 'LC_CTYPE = ' || quote_literal(c.new ->> 'collctype') END,
            CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = false' END,
            'RULES = ' || quote_literal(coalesce(c.new ->> 'collrules', c.new ->> 'collicurules'))
        )
    ) AS definition
FROM (SELECT *, to_jsonb(pg_collation) AS new FROM pg_collation) c
JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
