-- Run by the gate `replication`, on a server that is no standby. A row for each standby that follows, and for each
-- replication slot. lag in bytes and milliseconds; NULL where the role may not see it.
SELECT
    'standby'                                                       AS what,
    coalesce(nullif(s.application_name, ''), s.pid::text)           AS name,
    coalesce(s.state, '')                                           AS state,
    pg_wal_lsn_diff(pg_current_wal_lsn(), s.replay_lsn)::bigint     AS bytes,
    (extract(epoch FROM s.replay_lag) * 1000)::bigint               AS lag_ms,
    coalesce(s.sync_state, '')                                      AS sync,
    s.state IS NOT NULL                                             AS visible
FROM pg_stat_replication AS s
UNION ALL
SELECT
    'slot',
    r.slot_name::text,
    coalesce(r.wal_status, ''),
    pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn)::bigint,
    NULL,
    CASE WHEN r.active THEN 'active' ELSE 'inactive' END,
    true
FROM pg_replication_slots AS r
ORDER BY 1 DESC, 2
