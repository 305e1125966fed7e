-- Functions, procedures and aggregates. Deparsing costs, so that members of extensions are left out here already
-- where nobody has changed who may call them; and so are the functions that make values of a range type.
WITH routine AS (
    SELECT p.*, n.nspname, d.deptype IS NOT NULL AS member
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND (d.deptype IS NULL OR (d.deptype = 'e' AND p.proacl IS NOT NULL))
)
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS _kind,
    'pg_proc'::regclass::oid AS _catalog, p.oid AS _oid, p.nspname AS _schema,
    -- "app.imm(integer)" without its first part
    p.proname || substr(
        p.oid::regprocedure::text, length(quote_ident(p.nspname)) + length(quote_ident(p.proname)) + 2
    ) AS _name,
    pg_get_userbyid(p.proowner) AS owner,
    p.proacl AS acl,
    CASE WHEN p.proacl IS NOT NULL THEN acldefault('f', p.proowner) END AS _acl_default,
    CASE WHEN p.prokind <> 'a' THEN CASE p.provolatile
        WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END END AS volatility,
    CASE
        WHEN p.member THEN NULL
        WHEN p.prokind <> 'a' THEN rtrim(pg_get_functiondef(p.oid), E'\n')
        ELSE format(
            'CREATE AGGREGATE %I.%I(%s) (%s)', p.nspname, p.proname,
            coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'),
            concat_ws(
                ', ',
                'SFUNC = ' || a.aggtransfn::text,
                'STYPE = ' || format_type(a.aggtranstype, NULL),
                'SSPACE = ' || nullif(a.aggtransspace, 0),
                'FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'),
                CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
                CASE WHEN a.aggfinalfn <> 0 THEN 'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify
                    WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
                'COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'),
                'SERIALFUNC = ' || nullif(a.aggserialfn::text, '-'),
                'DESERIALFUNC = ' || nullif(a.aggdeserialfn::text, '-'),
                'INITCOND = ' || quote_literal(a.agginitval),
                'MSFUNC = ' || nullif(a.aggmtransfn::text, '-'),
                'MINVFUNC = ' || nullif(a.aggminvtransfn::text, '-'),
                'MSTYPE = ' || format_type(nullif(a.aggmtranstype, 0), NULL),
                'MSSPACE = ' || nullif(a.aggmtransspace, 0),
                'MFINALFUNC = ' || nullif(a.aggmfinalfn::text, '-'),
                CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
                CASE WHEN a.aggmfinalfn <> 0 THEN 'MFINALFUNC_MODIFY = ' || CASE a.aggmfinalmodify
                    WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
                'MINITCOND = ' || quote_literal(a.aggminitval),
                'SORTOP = OPERATOR(' || quote_ident(son.nspname) || '.' || so.oprname || ')',
                CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
                CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END
            )
        )
    END AS definition
FROM routine p
LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
LEFT JOIN pg_operator so ON so.oid = a.aggsortop
LEFT JOIN pg_namespace son ON son.oid = so.oprnamespace
