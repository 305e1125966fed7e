-- Check: Password kept as MD5
-- Severity: warning
-- Cost: C0
-- Requires: superuser
-- Why: who reads the stored MD5 can log in with it, without the password; newer servers are going to refuse it.
-- Fix: with password_encryption = scram-sha-256, set the password again.
SELECT format('%I', r.rolname) AS object,
       format('the password of %s is kept as MD5', r.rolname) AS message,
       format('ALTER ROLE %I PASSWORD ...', r.rolname) AS fix
  FROM pg_authid r
 WHERE r.rolcanlogin AND r.rolpassword LIKE 'md5%'
 ORDER BY 1
