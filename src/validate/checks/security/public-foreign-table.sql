-- Check: Foreign table that every role may read
-- Severity: warning
-- Cost: C0
-- Why: policies don't hold for it, and what it shows is another server's.
-- Fix: revoke it, and grant it to the roles that need it.
SELECT r.label AS object,
       format('every role may read the foreign table %s of server %I', r.label, s.srvname) AS message,
       format('REVOKE ALL ON %s FROM PUBLIC', r.label) AS fix
  FROM relation r
  JOIN pg_foreign_table f ON f.ftrelid = r.oid
  JOIN pg_foreign_server s ON s.oid = f.ftserver
 WHERE EXISTS (SELECT FROM aclexplode(r.acl) a WHERE a.grantee = 0)
 ORDER BY r.label
