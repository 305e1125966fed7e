-- Check: Database that every role may enter
-- Severity: info
-- Cost: C0
-- Why: CONNECT and TEMPORARY are PUBLIC's unless revoked, so a role that was made for another database of the server gets in
--   here, too.
-- Fix: revoke it, and grant CONNECT to the roles of this database. Give them theirs first.
SELECT a.privilege_type AS object,
       CASE a.privilege_type WHEN 'CONNECT' THEN 'every role of the server may connect to this database'
            WHEN 'TEMPORARY' THEN 'every role may make temporary tables here'
            ELSE 'every role may make schemas here' END AS message,
       CASE a.privilege_type WHEN 'CREATE' THEN 'critical' ELSE 'info' END AS severity,
       format('REVOKE %s ON DATABASE %I FROM PUBLIC', a.privilege_type, d.datname) AS fix
  FROM pg_database d
 CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
 WHERE d.datname = current_database() AND a.grantee = 0
 ORDER BY 1
