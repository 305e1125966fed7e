-- Check: Login whose password is no longer valid
-- Severity: info
-- Cost: C0
-- Why: nobody can log in with it any more by password: an account that was left behind, or one that will be missed.
-- Fix: a new password and date, or drop the role.
SELECT format('%I', r.rolname) AS object,
       format('the password of %s was valid until %s', r.rolname, r.rolvaliduntil::date) AS message,
       format('ALTER ROLE %I NOLOGIN', r.rolname) AS fix
  FROM pg_roles r
 WHERE r.rolcanlogin AND r.rolvaliduntil < clock_timestamp()
 ORDER BY 1
