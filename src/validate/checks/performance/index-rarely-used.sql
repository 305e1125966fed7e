-- Check: Index that is written far more often than read
-- Severity: info
-- Cost: C0
-- Parameter: days = 7, how old the statistics have to be
-- Parameter: writes = 100000, from how many writes of the table on
-- Parameter: ratio = 1000, writes for one use
-- Why: each write pays for it, and hardly a query profits.
-- Fix: see what the few uses are; drop it where they can do without.
SELECT x.label AS object,
       format('%s of %s was used %s times while its table was written %s times', x.label, x.table_label, s.idx_scan,
              w.writes) AS message,
       x.bytes, s.idx_scan AS uses, w.writes
  FROM user_index x
  JOIN pg_stat_all_indexes s ON s.indexrelid = x.oid
  JOIN pg_stat_database d ON d.datname = current_database()
  JOIN LATERAL (SELECT n.n_tup_ins + n.n_tup_del + n.n_tup_upd - n.n_tup_hot_upd AS writes
                  FROM pg_stat_all_tables n WHERE n.relid = x.relid) w ON true
 WHERE s.idx_scan > 0 AND w.writes >= {writes} AND w.writes > s.idx_scan * {ratio}
   AND clock_timestamp() - coalesce(d.stats_reset, pg_postmaster_start_time()) >= make_interval(secs => {days} * 86400.0)
   AND x.is_valid AND x.kind = 'i' AND NOT x.is_unique AND NOT x.is_exclusion AND NOT x.backs_constraint
   AND NOT x.is_replident
 ORDER BY w.writes::numeric / s.idx_scan DESC, x.label
