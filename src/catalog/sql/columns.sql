-- Columns of relations and composite types, counted without the holes that dropped ones leave.
SELECT 'pg_class'::regclass::oid AS _catalog, c.oid AS _oid, a.attnum AS _part, n.nspname AS _schema,
    c.relname AS _parent, a.attname AS _name,
    row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS position,
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attnotnull THEN 'true' END AS not_null,
    pg_get_expr(d.adbin, d.adrelid) AS "default",
    CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    quote_ident(con.nspname) || '.' || quote_ident(co.collname) AS "collation",
    CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage
        WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' END
    END AS storage,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,  -- 14+
    CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics,
    a.attoptions AS options,
    a.attfdwoptions AS fdw_options,
    a.attacl AS acl,
    CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal THEN 'also local' ELSE 'only' END END AS inherited,
    CASE WHEN a.atthasmissing THEN 'true' END AS has_missing
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_namespace con ON con.oid = co.collnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND a.attnum > 0 AND NOT a.attisdropped
