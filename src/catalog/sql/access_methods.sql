-- Access methods for tables and indexes, without the server's own.
SELECT 'pg_am'::regclass::oid AS _catalog, a.oid AS _oid, a.amname AS _name,
    format(
        'CREATE ACCESS METHOD %I TYPE %s HANDLER %I.%I',
        a.amname, CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END, n.nspname, p.proname
    ) AS definition
FROM pg_am a
JOIN pg_proc p ON p.oid = a.amhandler
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE a.oid >= 16384
