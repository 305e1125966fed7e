-- Types that stand alone: not the row types of tables, not arrays, and no multiranges, which come with a range.
WITH label AS (
    SELECT enumtypid, array_agg(enumlabel ORDER BY enumsortorder) AS labels FROM pg_enum GROUP BY enumtypid
)
SELECT CASE
        WHEN NOT t.typisdefined THEN 'type'
        ELSE CASE t.typtype
            WHEN 'b' THEN 'type' WHEN 'p' THEN 'type' WHEN 'e' THEN 'enum type' WHEN 'd' THEN 'domain'
            WHEN 'c' THEN 'composite type' WHEN 'r' THEN 'range type'
        END
    END AS _kind,
    'pg_type'::regclass::oid AS _catalog, t.oid AS _oid, n.nspname AS _schema, t.typname AS _name,
    pg_get_userbyid(t.typowner) AS owner,
    t.typacl AS acl,
    CASE WHEN t.typacl IS NOT NULL THEN acldefault('T', t.typowner) END AS _acl_default,
    label.labels,
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base_type,
    CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation
        THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END AS "collation",
    CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault))
        END AS "default",
    CASE WHEN t.typtype = 'd' AND t.typnotnull THEN 'true' END AS not_null,
    CASE
        WHEN NOT t.typisdefined THEN format('CREATE TYPE %I.%I', n.nspname, t.typname)
        WHEN t.typtype = 'r' THEN format(
            'CREATE TYPE %I.%I AS RANGE (%s)', n.nspname, t.typname,
            concat_ws(
                ', ',
                'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
                CASE WHEN NOT oc.opcdefault
                    THEN 'SUBTYPE_OPCLASS = ' || quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname) END,
                CASE WHEN r.rngcollation <> st.typcollation
                    THEN 'COLLATION = ' || quote_ident(rcn.nspname) || '.' || quote_ident(rc.collname) END,
                'CANONICAL = ' || nullif(r.rngcanonical::text, '-'),
                'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::text, '-')
                , 'MULTIRANGE_TYPE_NAME = ' || nullif(r.rngmultitypid, 0)::regtype::text  -- 14+
            )
        )
        WHEN t.typtype = 'b' THEN format(
            'CREATE TYPE %I.%I (%s)', n.nspname, t.typname,
            concat_ws(
                ', ',
                'INPUT = ' || t.typinput::text,
                'OUTPUT = ' || t.typoutput::text,
                'RECEIVE = ' || nullif(t.typreceive::text, '-'),
                'SEND = ' || nullif(t.typsend::text, '-'),
                'TYPMOD_IN = ' || nullif(t.typmodin::text, '-'),
                'TYPMOD_OUT = ' || nullif(t.typmodout::text, '-'),
                'ANALYZE = ' || nullif(t.typanalyze::text, '-'),
                'SUBSCRIPT = ' || nullif(t.typsubscript::text, '-'),  -- 14+
                'INTERNALLENGTH = ' || CASE t.typlen WHEN -1 THEN 'variable' ELSE t.typlen::text END,
                CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
                'ALIGNMENT = ' || CASE t.typalign
                    WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' WHEN 'd' THEN 'double' END,
                'STORAGE = ' || CASE t.typstorage
                    WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' END,
                'CATEGORY = ' || quote_literal(t.typcategory::text),
                CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
                'DEFAULT = ' || quote_literal(t.typdefault),
                'ELEMENT = ' || format_type(nullif(t.typelem, 0), NULL),
                'DELIMITER = ' || quote_literal(nullif(t.typdelim, ',')::text),
                CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END
            )
        )
    END AS definition
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type a ON a.typarray = t.oid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_collation co ON co.oid = t.typcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN label ON label.enumtypid = t.oid
LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_type st ON st.oid = r.rngsubtype
LEFT JOIN pg_opclass oc ON oc.oid = r.rngsubopc
LEFT JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
LEFT JOIN pg_collation rc ON rc.oid = r.rngcollation
LEFT JOIN pg_namespace rcn ON rcn.oid = rc.collnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND a.oid IS NULL
    AND t.typtype <> 'm'
    AND (t.typtype <> 'c' OR c.relkind = 'c')
