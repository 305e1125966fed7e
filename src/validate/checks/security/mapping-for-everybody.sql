-- Check: Password of another server that everybody uses
-- Severity: warning
-- Cost: C0
-- Why: a user mapping for PUBLIC lets every role with USAGE on the server act as that account there; its password stands
--   in the catalog in clear.
-- Fix: a mapping for each role that needs it, each to an account of its own.
SELECT format('%I', m.srvname) AS object,
       format('every role is mapped to one account of the foreign server %I', m.srvname) AS message,
       format('DROP USER MAPPING FOR PUBLIC SERVER %I', m.srvname) AS fix
  FROM pg_user_mappings m
 WHERE m.umuser = 0
 ORDER BY 1
