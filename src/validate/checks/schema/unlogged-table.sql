-- Check: Table that is not logged
-- Severity: warning
-- Cost: C0
-- Why: after a crash it is empty, and on a standby, too.
-- Fix: log it, unless it holds nothing that can't be made again. That rewrites the table.
SELECT t.label AS object,
       format('%s is UNLOGGED: a crash empties it, a standby has no rows of it', t.label) AS message,
       t.bytes,
       format('ALTER TABLE %s SET LOGGED', t.label) AS fix
  FROM user_table t
 WHERE t.persistence = 'u' AND t.kind = 'r'
 ORDER BY t.bytes DESC, t.label
