-- Check: Memory settings far below the size of the data
-- Severity: info
-- Cost: C0
-- Parameter: bytes = 4294967296, from which size of the database on
-- Why: the defaults are for a small machine: with 128 MB of shared_buffers a database of many gigabytes reads its own
--   pages again and again; with 64 MB of maintenance_work_mem an index is built in many rounds.
-- Fix: shared_buffers about a quarter of the memory, maintenance_work_mem up to 1 GB; a restart for the first.
SELECT s.name AS object,
       format('%s is %s, and the database has %s', s.name, current_setting(s.name), pg_size_pretty(d.bytes)) AS message,
       d.bytes AS database_bytes, s.source
  FROM (SELECT pg_database_size(current_database()) AS bytes) d
  JOIN pg_settings s ON (s.name = 'shared_buffers' AND s.setting::bigint * 8192 <= 134217728)
                     OR (s.name = 'maintenance_work_mem' AND s.setting::bigint * 1024 <= 67108864)
 WHERE d.bytes >= {bytes}
 ORDER BY 1
