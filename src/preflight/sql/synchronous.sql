-- Run by the gate `replication`. One row: whether commits wait for a standby, and how many of those are there.
SELECT
    current_setting('synchronous_standby_names') <> ''
        AND current_setting('synchronous_commit') NOT IN ('local', 'off')                    AS waits,
    (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))       AS standbys,
    (SELECT count(*) FROM pg_stat_replication WHERE sync_state IS NULL)                     AS unseen
