-- Check: Table full of dead rows
-- Severity: warning
-- Cost: C0
-- Parameter: rows = 10000, dead ones, at least
-- Parameter: factor = 2, times as many as autovacuum waits for
-- Why: autovacuum should have come and did not, or an old transaction keeps it from cleaning up: scans read what is dead.
-- Fix: vacuum it; see transaction-long, prepared-transaction-old and slot-holds-rows for what holds it up.
SELECT t.label AS object,
       format('%s has %s dead rows beside %s live ones', t.label, s.n_dead_tup, s.n_live_tup) AS message,
       t.bytes, s.n_dead_tup AS dead_rows, s.n_live_tup AS live_rows, s.last_autovacuum,
       format('VACUUM (ANALYZE) %s', t.label) AS fix
  FROM user_table t
  JOIN pg_stat_all_tables s ON s.relid = t.oid
 WHERE s.n_dead_tup >= {rows}
   AND s.n_dead_tup > {factor} * (
           coalesce((SELECT split_part(o, '=', 2)::float FROM unnest(t.options) o
                      WHERE o LIKE 'autovacuum\_vacuum\_threshold=%'),
                    current_setting('autovacuum_vacuum_threshold')::float)
           + s.n_live_tup * coalesce((SELECT split_part(o, '=', 2)::float FROM unnest(t.options) o
                                       WHERE o LIKE 'autovacuum\_vacuum\_scale\_factor=%'),
                                     current_setting('autovacuum_vacuum_scale_factor')::float))
 ORDER BY s.n_dead_tup DESC, t.label
