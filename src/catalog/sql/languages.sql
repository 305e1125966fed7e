-- The server's own languages (c, internal, sql) are here for the sake of who may use them.
SELECT 'pg_language'::regclass::oid AS _catalog, l.oid AS _oid, l.lanname AS _name,
    l.oid < 16384 AND l.lanname <> 'plpgsql' AS _builtin,
    pg_get_userbyid(l.lanowner) AS owner,
    l.lanacl AS acl,
    CASE WHEN l.lanacl IS NOT NULL THEN acldefault('l', l.lanowner) END AS _acl_default,
    CASE WHEN l.lanplcallfoid <> 0 THEN concat_ws(
        ' ',
        'CREATE', CASE WHEN l.lanpltrusted THEN 'TRUSTED' END, 'LANGUAGE', quote_ident(l.lanname),
        'HANDLER ' || quote_ident(hn.nspname) || '.' || quote_ident(h.proname),
        'INLINE ' || quote_ident(inn.nspname) || '.' || quote_ident(i.proname),
        'VALIDATOR ' || quote_ident(vn.nspname) || '.' || quote_ident(v.proname)
    ) END AS definition
FROM pg_language l
LEFT JOIN pg_proc h ON h.oid = l.lanplcallfoid
LEFT JOIN pg_namespace hn ON hn.oid = h.pronamespace
LEFT JOIN pg_proc i ON i.oid = l.laninline
LEFT JOIN pg_namespace inn ON inn.oid = i.pronamespace
LEFT JOIN pg_proc v ON v.oid = l.lanvalidator AND l.lanplcallfoid <> 0
LEFT JOIN pg_namespace vn ON vn.oid = v.pronamespace
