SELECT 'pg_operator'::regclass::oid AS _catalog, o.oid AS _oid, n.nspname AS _schema,
    substr(o.oid::regoperator::text, length(quote_ident(n.nspname)) + 2) AS _name,
    pg_get_userbyid(o.oprowner) AS owner,
    format(
        'CREATE OPERATOR %I.%s (%s)', n.nspname, o.oprname,
        concat_ws(
            ', ',
            'FUNCTION = ' || o.oprcode::text,
            'LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL),
            'RIGHTARG = ' || format_type(nullif(o.oprright, 0), NULL),
            'COMMUTATOR = OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')',
            'NEGATOR = OPERATOR(' || quote_ident(gn.nspname) || '.' || g.oprname || ')',
            'RESTRICT = ' || nullif(o.oprrest::text, '-'),
            'JOIN = ' || nullif(o.oprjoin::text, '-'),
            CASE WHEN o.oprcanhash THEN 'HASHES' END,
            CASE WHEN o.oprcanmerge THEN 'MERGES' END
        )
    ) AS definition
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
LEFT JOIN pg_operator c ON c.oid = o.oprcom
LEFT JOIN pg_namespace cn ON cn.oid = c.oprnamespace
LEFT JOIN pg_operator g ON g.oid = o.oprnegate
LEFT JOIN pg_namespace gn ON gn.oid = g.oprnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    -- Shells: operators that others only name.
    AND o.oprcode <> 0
