-- What the current user may do beyond reading and writing what it was given. One row a finding: name, detail.
-- Roles are followed as SET ROLE would: what can be become counts as if it were held.
WITH RECURSIVE held AS (
    SELECT r.oid, r.rolname, r.rolname::text AS path FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
    UNION
    SELECT r.oid, r.rolname, h.path || ' > ' || r.rolname
    FROM held AS h
    JOIN pg_catalog.pg_auth_members AS m ON m.member = h.oid
    JOIN pg_catalog.pg_roles AS r ON r.oid = m.roleid
    WHERE h.path NOT LIKE '%' || r.rolname || '%'
), attributes AS (
    SELECT a.name, min(h.path) AS detail
    FROM held AS h
    JOIN pg_catalog.pg_roles AS r ON r.oid = h.oid
    CROSS JOIN LATERAL (VALUES ('superuser', r.rolsuper), ('createrole', r.rolcreaterole), ('createdb', r.rolcreatedb),
        ('replication', r.rolreplication), ('bypassrls', r.rolbypassrls)) AS a (name, has)
    WHERE a.has
    GROUP BY a.name
), schemas AS (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
)
SELECT name, detail FROM attributes
UNION ALL
SELECT h.rolname::text, min(h.path) FROM held AS h
WHERE h.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_signal_backend',
    'pg_read_all_data', 'pg_write_all_data', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_monitor', 'pg_checkpoint',
    'pg_maintain', 'pg_create_subscription', 'pg_use_reserved_connections', 'pg_database_owner')
GROUP BY h.rolname
UNION ALL
SELECT 'admin_option', string_agg(g.rolname::text, ', ' ORDER BY g.rolname)
FROM pg_catalog.pg_auth_members AS m
JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
WHERE m.admin_option AND m.member IN (SELECT oid FROM held)
HAVING count(*) > 0
UNION ALL
SELECT 'owns_database', current_database()
FROM pg_catalog.pg_database AS d WHERE d.datname = current_database() AND d.datdba IN (SELECT oid FROM held)
UNION ALL
SELECT 'owns_tables', format('%s tables, such as %s', count(*), min(c.oid::regclass::text))
FROM pg_catalog.pg_class AS c JOIN schemas AS s ON s.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relowner IN (SELECT oid FROM held)
HAVING count(*) > 0
UNION ALL
SELECT 'create_in_schema', string_agg(s.nspname::text, ', ' ORDER BY s.nspname)
FROM schemas AS s WHERE has_schema_privilege(s.oid, 'CREATE')
HAVING count(*) > 0
UNION ALL
SELECT 'untrusted_language', string_agg(l.lanname::text, ', ' ORDER BY l.lanname)
FROM pg_catalog.pg_language AS l
WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
    AND (SELECT bool_or(r.rolsuper) FROM held AS h JOIN pg_catalog.pg_roles AS r ON r.oid = h.oid)
HAVING count(*) > 0
UNION ALL
SELECT 'untrusted_function', format('%s functions, such as %s', count(*), min(p.oid::regprocedure::text))
FROM pg_catalog.pg_proc AS p JOIN schemas AS s ON s.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
    AND has_schema_privilege(s.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
HAVING count(*) > 0
UNION ALL
SELECT 'dblink', min(n.nspname::text)
FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
JOIN pg_catalog.pg_proc AS p ON p.pronamespace = n.oid AND p.proname = 'dblink_connect'
WHERE e.extname = 'dblink' AND has_function_privilege(p.oid, 'EXECUTE')
HAVING count(*) > 0
UNION ALL
SELECT 'foreign_server', string_agg(f.srvname::text, ', ' ORDER BY f.srvname)
FROM pg_catalog.pg_foreign_server AS f WHERE has_server_privilege(f.oid, 'USAGE')
HAVING count(*) > 0
UNION ALL
SELECT 'foreign_data_wrapper', string_agg(w.fdwname::text, ', ' ORDER BY w.fdwname)
FROM pg_catalog.pg_foreign_data_wrapper AS w WHERE has_foreign_data_wrapper_privilege(w.oid, 'USAGE')
HAVING count(*) > 0
UNION ALL
SELECT 'server_file_function', string_agg(p.oid::regprocedure::text, ', ' ORDER BY p.oid::regprocedure::text)
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege(p.oid, 'EXECUTE')
    AND p.proname IN ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'lo_import', 'lo_export')
HAVING count(*) > 0
