-- Which database this is, among all that drydock may meet: its oid, the microsecond in which its server began, and the oid
-- of the control plane's first table there. Whatever the login has put before pg_catalog, and whatever its DateStyle.
SELECT
    d.oid::pg_catalog.text,
    extract(EPOCH FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.text,
    (
        SELECT c.oid::pg_catalog.text
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE
            n.nspname OPERATOR(pg_catalog.=) 'platform'
            AND c.relname OPERATOR(pg_catalog.=) 'organizations'
    )
FROM pg_catalog.pg_database AS d
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
