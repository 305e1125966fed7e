-- Check: Row security without a policy
-- Severity: warning
-- Cost: C0
-- Why: nobody but the owner sees or writes a row, which is rarely meant: programs find an empty table.
-- Fix: add policies, or switch row security off where it is not wanted.
SELECT t.label AS object,
       format('row security is on for %s, and it has no policy: only its owner sees rows', t.label) AS message,
       t.force_row_security AS forced,
       format('CREATE POLICY %I ON %s USING (...)', left(t.name, 55) || '_read', t.label) AS fix
  FROM user_table t
 WHERE t.row_security AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid)
 ORDER BY t.label
