-- Check: Many transactions are rolled back
-- Severity: info
-- Cost: C0
-- Parameter: percent = 20, of all, at least
-- Parameter: transactions = 10000, in all, at least
-- Why: work that was done for nothing: errors that programs run into, or time limits.
-- Fix: the server's log and the programs' own tell which errors.
SELECT 'transactions' AS object,
       format('%s of %s transactions were rolled back', d.xact_rollback, d.xact_rollback + d.xact_commit) AS message,
       d.xact_rollback AS rolled_back, d.xact_commit AS committed, d.stats_reset AS since
  FROM pg_stat_database d
 WHERE d.datname = current_database() AND d.xact_rollback + d.xact_commit >= {transactions}
   AND d.xact_rollback >= (d.xact_rollback + d.xact_commit) * {percent} / 100.0
