-- Check: Table that nobody reads or writes
-- Severity: info
-- Cost: C0
-- Parameter: days = 30, how old the statistics have to be
-- Parameter: bytes = 1048576, from which size on
-- Why: it may be left over: an old copy, a feature that is gone. It still is in every backup, and in every audit.
-- Fix: ask whose it is; rename it before you drop it.
SELECT t.label AS object,
       format('nobody has read or written %s in %s days', t.label, floor(d.days)) AS message,
       t.bytes, floor(d.days) AS statistics_days
  FROM user_table t
  JOIN pg_stat_all_tables s ON s.relid = t.oid
 CROSS JOIN (SELECT extract(epoch FROM clock_timestamp() - coalesce(stats_reset, pg_postmaster_start_time())) / 86400 AS days
               FROM pg_stat_database WHERE datname = current_database()) d
 WHERE t.kind = 'r' AND d.days >= {days} AND t.bytes >= {bytes}
   AND s.seq_scan = 0 AND coalesce(s.idx_scan, 0) = 0 AND s.n_tup_ins + s.n_tup_upd + s.n_tup_del = 0
 ORDER BY t.bytes DESC, t.label
