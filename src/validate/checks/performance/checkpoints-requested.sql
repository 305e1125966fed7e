-- Check: Checkpoints come before their time
-- Severity: info
-- Cost: C0
-- Mode: probes
-- Parameter: percent = 50, of all, at least
-- Parameter: checkpoints = 20, in all, at least
-- Why: max_wal_size is full before checkpoint_timeout is over, so pages are written more often, and each writes whole
--   pages to the WAL again.
-- Fix: raise max_wal_size.
SELECT 'checkpoints' AS object,
       'more than {percent} % of the checkpoints came because of the amount of WAL, not the time' AS message,
       format('SELECT c.*, current_setting(''max_wal_size'') AS max_wal_size FROM (%s) c'
              ' WHERE requested + timed >= {checkpoints} AND requested >= (requested + timed) * {percent} / 100.0',
              CASE WHEN current_setting('server_version_num')::int >= 170000
                   THEN 'SELECT num_requested AS requested, num_timed AS timed FROM pg_stat_checkpointer'
                   ELSE 'SELECT checkpoints_req AS requested, checkpoints_timed AS timed FROM pg_stat_bgwriter' END) AS probe
