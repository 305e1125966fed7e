-- Check: Partition that is half detached
-- Severity: warning
-- Cost: C0
-- Versions: 14+
-- Why: DETACH PARTITION … CONCURRENTLY was broken off: its rows are no longer found through the parent, and the next
--   detach on that table is refused.
-- Fix: finish it.
SELECT t.label AS object,
       format('%s is being detached from %s, and nobody finishes it', t.label, i.inhparent::regclass) AS message,
       format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', i.inhparent::regclass, t.label) AS fix
  FROM pg_inherits i
  JOIN user_table t ON t.oid = i.inhrelid
 WHERE (to_jsonb(i) ->> 'inhdetachpending')::boolean
   AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = i.inhparent AND l.mode = 'ShareUpdateExclusiveLock')
 ORDER BY 1
