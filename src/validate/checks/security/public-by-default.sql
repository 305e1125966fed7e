-- Check: New objects are open to every role
-- Severity: warning
-- Cost: C0
-- Why: ALTER DEFAULT PRIVILEGES that grant to PUBLIC open each table, function or schema that is made from now on.
-- Fix: take the default back; what it has opened already stays so until it is revoked.
SELECT format('%s of %s%s', k.what, pg_get_userbyid(d.defaclrole),
              CASE WHEN n.oid IS NULL THEN '' ELSE format(' in %I', n.nspname) END) AS object,
       format('new %s of %s%s are open to every role: %s', k.what, pg_get_userbyid(d.defaclrole),
              CASE WHEN n.oid IS NULL THEN '' ELSE format(' in schema %I', n.nspname) END,
              string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)) AS message,
       format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM PUBLIC', pg_get_userbyid(d.defaclrole),
              CASE WHEN n.oid IS NULL THEN '' ELSE format(' IN SCHEMA %I', n.nspname) END, k.what) AS fix
  FROM pg_default_acl d
  LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'), ('n', 'SCHEMAS'))
       AS k(letter, what) ON k.letter::"char" = d.defaclobjtype
 CROSS JOIN LATERAL aclexplode(d.defaclacl) a
 WHERE a.grantee = 0
   -- Functions and types are everybody's from the start; what counts is what was added.
   AND NOT (d.defaclobjtype IN ('f', 'T') AND d.defaclnamespace = 0)
 GROUP BY k.what, d.defaclrole, n.oid, n.nspname
 ORDER BY 1
