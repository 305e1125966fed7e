-- Check: Replication slot that holds WAL back
-- Severity: warning
-- Cost: C0
-- Parameter: bytes = 1073741824, at least
-- Why: WAL that a slot still wants is kept, until the disk is full and the server stops. A slot outlives who used it.
-- Fix: bring its reader back, or drop it; max_slot_wal_keep_size sets a limit.
SELECT r.slot_name AS object,
       format('%s slot %s holds back %s of WAL', CASE WHEN r.active THEN 'the' ELSE 'the unused' END, r.slot_name,
              pg_size_pretty(w.bytes)) AS message,
       CASE WHEN r.active THEN 'warning' ELSE 'critical' END AS severity,
       w.bytes::bigint AS bytes, r.slot_type, r.active, r.wal_status,
       CASE WHEN NOT r.active THEN format('SELECT pg_drop_replication_slot(%L)', r.slot_name) END AS fix
  FROM pg_replication_slots r
 CROSS JOIN LATERAL (
       SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                              r.restart_lsn) AS bytes) w
 WHERE w.bytes >= {bytes} AND NOT r.temporary
 ORDER BY w.bytes DESC, r.slot_name
