-- Check: Deadlocks
-- Severity: warning
-- Cost: C0
-- Parameter: count = 10, since the statistics began, at least
-- Why: each ended a transaction with an error after deadlock_timeout of waiting: two programs lock the same rows or tables
--   in different orders.
-- Fix: the server's log has both statements of each; lock in one order.
SELECT 'deadlocks' AS object,
       format('%s deadlocks since %s', d.deadlocks, coalesce(d.stats_reset::text, 'the start')) AS message,
       d.deadlocks AS count
  FROM pg_stat_database d
 WHERE d.datname = current_database() AND d.deadlocks >= {count}
