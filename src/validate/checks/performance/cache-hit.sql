-- Check: Much is read from outside the cache
-- Severity: info
-- Cost: C0
-- Parameter: percent = 90, found in the cache, less than
-- Parameter: reads = 1000000, pages asked for, at least
-- Why: pages that are not in shared_buffers come from the operating system or the disk. A weak sign: a big load or backup
--   makes it, too.
-- Fix: seq-scan-big-table and statements-slow say who reads so much; then see to shared_buffers.
SELECT 'shared buffers' AS object,
       format('of %s pages asked for since %s, %s %% were in the cache', p.reads, coalesce(d.stats_reset::text, 'the start'),
              round(100.0 * d.blks_hit / p.reads, 1)) AS message,
       d.blks_hit AS hits, d.blks_read AS reads, current_setting('shared_buffers') AS shared_buffers
  FROM pg_stat_database d
 CROSS JOIN LATERAL (SELECT d.blks_hit + d.blks_read AS reads) p
 WHERE d.datname = current_database() AND p.reads >= {reads} AND p.reads > 0 AND 100.0 * d.blks_hit / p.reads < {percent}
