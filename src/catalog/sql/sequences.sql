-- Limits and the first value are those of the type and direction unless somebody chose others.
WITH owned AS (
    SELECT d.objid, d.deptype,
        quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname) AS name
    FROM pg_depend d
    JOIN pg_class c ON c.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass
        AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
), limits AS (
    SELECT s.*,
        CASE WHEN s.seqincrement > 0 THEN 1 ELSE t.lowest END AS usual_minimum,
        CASE WHEN s.seqincrement > 0 THEN t.highest ELSE -1 END AS usual_maximum
    FROM pg_sequence s
    JOIN (
        VALUES ('int2'::regtype::oid, (-32768)::bigint, 32767::bigint),
            ('int4'::regtype, -2147483648, 2147483647),
            ('int8'::regtype, -9223372036854775808, 9223372036854775807)
    ) t (type, lowest, highest) ON t.type = s.seqtypid
)
SELECT 'pg_class'::regclass::oid AS _catalog, c.oid AS _oid, c.relfilenode AS _storage, n.nspname AS _schema,
    c.relname AS _name,
    pg_get_userbyid(c.relowner) AS owner,
    c.relacl AS acl,
    CASE WHEN c.relacl IS NOT NULL THEN acldefault('s', c.relowner) END AS _acl_default,
    CASE WHEN s.seqtypid <> 'int8'::regtype THEN format_type(s.seqtypid, NULL) END AS type,
    nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END) AS start,
    nullif(s.seqincrement, 1) AS increment,
    nullif(s.seqmin, s.usual_minimum) AS minimum,
    nullif(s.seqmax, s.usual_maximum) AS maximum,
    nullif(s.seqcache, 1) AS cache,
    CASE WHEN s.seqcycle THEN 'true' END AS cycle,
    CASE WHEN c.relpersistence = 'u' THEN 'unlogged' END AS persistence,
    o.name AS owned_by,
    CASE WHEN o.deptype = 'i' THEN 'true' END AS of_identity
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN limits s ON s.seqrelid = c.oid
LEFT JOIN owned o ON o.objid = c.oid
WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
