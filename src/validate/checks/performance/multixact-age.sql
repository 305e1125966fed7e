-- Check: Multixact ids grow old
-- Severity: warning
-- Cost: C0
-- Parameter: percent = 25, of the two billion that there are
-- Why: rows that several sessions lock at once use them up, as foreign keys do; at the end the server takes no more
--   writes. Nothing that watches transaction ids alone sees it come.
-- Fix: end what holds vacuum up, and freeze the oldest tables.
SELECT 'multixact ids' AS object,
       format('the oldest multixact id of this database is %s behind: %s %% of what there is', a.age,
              round(100 * a.age / 2147483648.0, 1)) AS message,
       CASE WHEN a.age > 1200000000 THEN 'critical' ELSE 'warning' END AS severity,
       a.age, current_setting('autovacuum_multixact_freeze_max_age')::bigint AS autovacuum_multixact_freeze_max_age,
       'VACUUM (FREEZE, VERBOSE) ...' AS fix
  FROM (SELECT mxid_age(d.datminmxid)::bigint AS age FROM pg_database d WHERE d.datname = current_database()) a
 WHERE a.age >= 2147483648 * {percent} / 100.0
