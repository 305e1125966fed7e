-- Check: Foreign server that every role may use
-- Severity: warning
-- Cost: C0
-- Why: every role may map itself to it and reach another server from here, and with a mapping for PUBLIC as somebody who
--   is known there.
-- Fix: revoke it, and grant USAGE to the roles that need it.
SELECT format('%I', s.srvname) AS object,
       format('every role may use the foreign server %I%s', s.srvname,
              CASE WHEN EXISTS (SELECT FROM pg_user_mappings m WHERE m.srvid = s.oid AND m.umuser = 0)
                   THEN ', and is mapped to an account there' ELSE '' END) AS message,
       format('REVOKE USAGE ON FOREIGN SERVER %I FROM PUBLIC', s.srvname) AS fix
  FROM pg_foreign_server s
 WHERE EXISTS (SELECT FROM aclexplode(s.srvacl) a WHERE a.grantee = 0 AND a.privilege_type = 'USAGE')
 ORDER BY 1
