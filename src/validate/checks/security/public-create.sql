-- Check: Schema in which everybody may create objects
-- Severity: warning
-- Cost: C0
-- Why: any role puts a table or a function there that others then use by mistake, also with more rights than it has. Databases
--   made before PostgreSQL 15 have that on the schema public.
-- Fix: revoke it, and grant it to the roles that migrate.
SELECT format('%I', s.name) AS object,
       format('every role may create objects in the schema %I', s.name) AS message,
       format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', s.name) AS fix
  FROM user_schema s
 CROSS JOIN LATERAL aclexplode(coalesce(s.acl, acldefault('n', s.owner))) AS a
 WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
 ORDER BY 1
