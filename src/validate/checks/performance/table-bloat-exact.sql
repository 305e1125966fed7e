-- Check: Table with free room, measured
-- Severity: info
-- Cost: C2
-- Mode: probes
-- Requires: extension pgstattuple
-- Parameter: bytes = 20971520, from which size on
-- Parameter: percent = 50, of it that is free or dead, at least
-- Why: what was deleted or updated leaves room that scans, the cache and backups pay for, until new rows fill it.
-- Fix: VACUUM FULL gives the room back and keeps everybody out meanwhile; pg_repack and pg_squeeze do it while others
--   work. Then let autovacuum come more often.
SELECT t.label AS object,
       format('at least {percent} %% of %s is free', t.label) AS message,
       t.bytes,
       format('SELECT round(approx_free_percent::numeric, 1) AS percent_free, round(dead_tuple_percent::numeric, 1) AS'
              ' percent_dead, table_len AS table_bytes FROM %I.pgstattuple_approx(%s::regclass)'
              ' WHERE approx_free_percent + dead_tuple_percent >= {percent}', n.nspname, t.oid) AS probe,
       format('VACUUM (FULL, ANALYZE) %s', t.label) AS fix
  FROM user_table t
  JOIN pg_extension e ON e.extname = 'pgstattuple'
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE t.kind = 'r' AND t.bytes >= {bytes}
 ORDER BY t.bytes DESC, t.label
