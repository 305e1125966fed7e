-- Which database this is, among all that drydock may meet: its oid, and the microsecond in which its server began.
SELECT
    d.oid,
    pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC'
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
