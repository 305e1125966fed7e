-- Run by the gate `locks`. $1: OIDs of relations. A row for each lock that another session or a prepared transaction
-- has or waits for on one of them. What the role may not see of another's session is NULL.
SELECT
    l.relation::bigint                                                  AS oid,
    l.pid                                                               AS pid,
    l.mode                                                              AS mode,
    l.granted                                                           AS granted,
    coalesce(a.usename, '')                                             AS role,
    coalesce(a.application_name, '')                                    AS application,
    coalesce(a.state, '')                                               AS state,
    coalesce(a.backend_type, '')                                        AS backend_type,
    extract(epoch FROM clock_timestamp() - a.xact_start)::bigint        AS age,
    left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 120)   AS query,
    p.gid                                                               AS gid,
    p.owner                                                             AS owner,
    extract(epoch FROM clock_timestamp() - p.prepared)::bigint          AS prepared
FROM pg_locks AS l
LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
-- Of a prepared transaction only its number is a lock that names it.
LEFT JOIN LATERAL (
    SELECT string_agg(x.gid, '", "') AS gid, string_agg(DISTINCT x.owner, ', ') AS owner, min(x.prepared) AS prepared
    FROM pg_locks AS own
    JOIN pg_prepared_xacts AS x ON x.transaction = own.transactionid
    WHERE l.pid IS NULL
        AND own.pid IS NULL
        AND own.locktype = 'transactionid'
        AND own.virtualtransaction = l.virtualtransaction
) AS p ON true
WHERE l.locktype = 'relation'
    AND l.relation = ANY ($1::oid[])
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.pid IS DISTINCT FROM pg_backend_pid()
ORDER BY a.xact_start NULLS FIRST, l.pid
