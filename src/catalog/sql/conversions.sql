SELECT 'pg_conversion'::regclass::oid AS _catalog, c.oid AS _oid, n.nspname AS _schema, c.conname AS _name,
    pg_get_userbyid(c.conowner) AS owner,
    format(
        'CREATE %sCONVERSION %I.%I FOR %L TO %L FROM %s',
        CASE WHEN c.condefault THEN 'DEFAULT ' END, n.nspname, c.conname,
        pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc
    ) AS definition
FROM pg_conversion c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
