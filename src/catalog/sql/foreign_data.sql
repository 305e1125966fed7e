-- Wrappers, servers and user mappings. Options that are passwords are not read out: snapshots are stored and shown.
-- Of a user mapping that the role may not see the server tells no options.
WITH option AS (
    SELECT classid, oid, string_agg(
        quote_ident(name) || ' ' || quote_literal(
            CASE WHEN name ~* 'passw|secret|token|credential|private' THEN '(hidden)' ELSE value END
        ), ', ' ORDER BY name
    ) AS options
    FROM (
        SELECT 'pg_foreign_data_wrapper'::regclass::oid AS classid, oid, fdwoptions AS list FROM pg_foreign_data_wrapper
        UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvoptions FROM pg_foreign_server
        UNION ALL SELECT 'pg_user_mapping'::regclass, umid, umoptions FROM pg_user_mappings
    ) lists
    CROSS JOIN unnest(list) AS item
    CROSS JOIN LATERAL (
        SELECT substr(item, 1, strpos(item, '=') - 1) AS name, substr(item, strpos(item, '=') + 1) AS value
    ) pair
    GROUP BY classid, oid
)
SELECT 'foreign data wrapper' AS _kind, 'pg_foreign_data_wrapper'::regclass::oid AS _catalog, w.oid AS _oid,
    w.fdwname AS _name,
    pg_get_userbyid(w.fdwowner) AS owner,
    w.fdwacl AS acl,
    acldefault('F', w.fdwowner) AS _acl_default,
    concat_ws(
        ' ', 'CREATE FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname),
        'HANDLER ' || quote_ident(hn.nspname) || '.' || quote_ident(h.proname),
        'VALIDATOR ' || quote_ident(vn.nspname) || '.' || quote_ident(v.proname),
        'OPTIONS (' || o.options || ')'
    ) AS definition
FROM pg_foreign_data_wrapper w
LEFT JOIN pg_proc h ON h.oid = w.fdwhandler
LEFT JOIN pg_namespace hn ON hn.oid = h.pronamespace
LEFT JOIN pg_proc v ON v.oid = w.fdwvalidator
LEFT JOIN pg_namespace vn ON vn.oid = v.pronamespace
LEFT JOIN option o ON o.classid = 'pg_foreign_data_wrapper'::regclass AND o.oid = w.oid
UNION ALL
SELECT 'foreign server', 'pg_foreign_server'::regclass::oid, s.oid, s.srvname,
    pg_get_userbyid(s.srvowner), s.srvacl, acldefault('S', s.srvowner),
    concat_ws(
        ' ', 'CREATE SERVER ' || quote_ident(s.srvname), 'TYPE ' || quote_literal(s.srvtype),
        'VERSION ' || quote_literal(s.srvversion), 'FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname),
        'OPTIONS (' || o.options || ')'
    )
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
LEFT JOIN option o ON o.classid = 'pg_foreign_server'::regclass AND o.oid = s.oid
UNION ALL
SELECT 'user mapping', 'pg_user_mapping'::regclass::oid, m.umid,
    CASE WHEN m.umuser = 0 THEN 'public' ELSE m.usename END || ' server ' || m.srvname, NULL, NULL, NULL,
    concat_ws(
        ' ', 'CREATE USER MAPPING FOR', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END,
        'SERVER ' || quote_ident(m.srvname), 'OPTIONS (' || o.options || ')'
    )
FROM pg_user_mappings m
LEFT JOIN option o ON o.classid = 'pg_user_mapping'::regclass AND o.oid = m.umid
