-- Check: Row security that the owner passes by
-- Severity: info
-- Cost: C0
-- Why: policies don't hold for a table's owner. A program that logs in as the owner sees every row of everybody.
-- Fix: let programs log in as another role, or force row security.
SELECT t.label AS object,
       format('%s belongs to %s, which logs in and for which its policies do not hold', t.label, r.rolname) AS message,
       r.rolname AS owner,
       format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.label) AS fix
  FROM user_table t
  JOIN pg_roles r ON r.oid = t.owner
 WHERE t.row_security AND NOT t.force_row_security AND r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolbypassrls
   AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid)
 ORDER BY t.label
