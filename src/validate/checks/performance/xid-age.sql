-- Check: Transaction ids grow old
-- Severity: warning
-- Cost: C0
-- Parameter: percent = 25, of the two billion that there are
-- Why: at two billion the server takes no more writes until everything is vacuumed. Autovacuum should come long before
--   (autovacuum_freeze_max_age); something keeps it from that.
-- Fix: end what holds it up (transaction-long, prepared-transaction-old, slot-holds-rows), and freeze the oldest tables.
SELECT 'transaction ids' AS object,
       format('the oldest transaction id of this database is %s behind: %s %% of what there is', a.age,
              round(100 * a.age / 2147483648.0, 1)) AS message,
       CASE WHEN a.age > 1200000000 THEN 'critical' ELSE 'warning' END AS severity,
       a.age, current_setting('autovacuum_freeze_max_age')::bigint AS autovacuum_freeze_max_age,
       (SELECT string_agg(o.label, ', ') FROM (SELECT r.label FROM relation r WHERE r.kind IN ('r', 'm')
                                                ORDER BY age(r.frozen) DESC, r.label LIMIT 5) o) AS oldest_tables,
       'VACUUM (FREEZE, VERBOSE) ...' AS fix
  FROM (SELECT age(d.datfrozenxid)::bigint AS age FROM pg_database d WHERE d.datname = current_database()) a
 WHERE a.age > 2147483648 * {percent} / 100.0
