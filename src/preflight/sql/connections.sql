-- Run by the gate `connections`. One row: how many the server, the database and the role allow (-1: any number) and how
-- many are taken. pg_stat_activity shows every session to everybody, but of others' not even which kind it is.
WITH session AS (
    SELECT datid, usesysid FROM pg_stat_activity
    WHERE coalesce(backend_type = 'client backend', datid IS NOT NULL AND usesysid IS NOT NULL)
)
SELECT
    current_setting('max_connections')::integer                                             AS allowed,
    CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::integer
        + coalesce(current_setting('reserved_connections', true), '0')::integer END         AS reserved,
    (SELECT count(*) FROM session)                                                          AS taken,
    d.datconnlimit                                                                          AS database_allowed,
    (SELECT count(*) FROM session WHERE datid = d.oid)                                      AS database_taken,
    CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END                                    AS role_allowed,
    (SELECT count(*) FROM session WHERE usesysid = r.oid)                                   AS role_taken
FROM pg_database AS d
JOIN pg_roles AS r ON r.rolname = session_user
WHERE d.datname = current_database()
