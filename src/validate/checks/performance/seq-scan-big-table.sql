-- Check: Big table that is often read from end to end
-- Severity: warning
-- Cost: C0
-- Parameter: scans = 100, at least
-- Parameter: rows = 100000, read by each on average, at least
-- Why: each of these reads the whole table, and pushes other tables out of the cache.
-- Fix: find the queries (statements-slow, where pg_stat_statements is there) and give them an index.
SELECT t.label AS object,
       format('%s was read as a whole %s times, about %s rows each', t.label, s.seq_scan, s.seq_tup_read / s.seq_scan)
           AS message,
       t.bytes, s.seq_scan AS sequential_scans, s.seq_tup_read AS rows_read, s.idx_scan AS index_scans,
       CASE WHEN s.idx_scan > 0
            THEN round(100.0 * s.seq_scan / (s.seq_scan + s.idx_scan), 1) ELSE 100 END AS percent_sequential
  FROM user_table t
  JOIN pg_stat_all_tables s ON s.relid = t.oid
 WHERE s.seq_scan >= {scans} AND s.seq_scan > 0 AND s.seq_tup_read / s.seq_scan >= {rows}
 ORDER BY s.seq_tup_read DESC, t.label
