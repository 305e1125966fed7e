-- Run by the gate `transactions`. A row for each other session of this database in a transaction, and for each prepared
-- transaction of it; oldest first. `visible`: false where the role may not see what the session does.
SELECT
    a.pid                                                               AS pid,
    coalesce(a.usename, '')                                             AS role,
    coalesce(a.application_name, '')                                    AS application,
    coalesce(a.state, '')                                               AS state,
    extract(epoch FROM clock_timestamp() - a.xact_start)::bigint        AS age,
    left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 120)   AS query,
    ''                                                                  AS gid,
    a.state IS NOT NULL                                                 AS visible
FROM pg_stat_activity AS a
WHERE a.datname = current_database()
    AND coalesce(a.backend_type = 'client backend', a.usesysid IS NOT NULL)
    AND a.pid <> pg_backend_pid()
    AND (a.xact_start IS NOT NULL OR a.state IS NULL)
UNION ALL
SELECT
    NULL, p.owner, '', 'prepared', extract(epoch FROM clock_timestamp() - p.prepared)::bigint, '', p.gid, true
FROM pg_prepared_xacts AS p
WHERE p.database = current_database()
ORDER BY 5 DESC NULLS LAST
