-- Check: Much is sorted and joined on disk
-- Severity: info
-- Cost: C0
-- Parameter: bytes = 10737418240, since the statistics began, at least
-- Why: what doesn't fit into work_mem goes to files, which is many times slower and can fill the disk.
-- Fix: log_temp_files tells which statements; give these more work_mem, or an index that makes the sort needless.
SELECT 'temporary files' AS object,
       format('%s in %s temporary files since %s', pg_size_pretty(d.temp_bytes), d.temp_files,
              coalesce(d.stats_reset::text, 'the start')) AS message,
       d.temp_bytes AS bytes, d.temp_files AS files, current_setting('work_mem') AS work_mem
  FROM pg_stat_database d
 WHERE d.datname = current_database() AND d.temp_bytes >= {bytes}
