-- Check: Role for which no policy holds
-- Severity: warning
-- Cost: C0
-- Why: BYPASSRLS lets it read and write every row of every table it has a right on.
-- Fix: take it away, except from a role that makes backups.
SELECT format('%I', r.rolname) AS object,
       format('policies do not hold for %s', r.rolname) AS message,
       format('ALTER ROLE %I NOBYPASSRLS', r.rolname) AS fix
  FROM pg_roles r
 WHERE r.rolbypassrls AND NOT r.rolsuper
 ORDER BY 1
