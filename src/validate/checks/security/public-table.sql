-- Check: Table that every role may use
-- Severity: warning
-- Cost: C0
-- Why: PUBLIC is every role, also those that come later. No policy on top narrows it where row security is off.
-- Fix: revoke it, and grant it to the roles that need it.
SELECT r.label AS object,
       format('every role may %s %s', lower(g.rights), r.label) AS message,
       CASE WHEN g.writes AND NOT r.row_security THEN 'critical' ELSE 'warning' END AS severity,
       g.rights, r.row_security,
       format('REVOKE ALL ON %s FROM PUBLIC', r.label) AS fix
  FROM relation r
  JOIN LATERAL (
       SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS rights,
              bool_or(a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')) AS writes
         FROM aclexplode(r.acl) a
        WHERE a.grantee = 0) g ON g.rights IS NOT NULL
 WHERE r.kind IN ('r', 'p', 'v', 'm', 'f')
 ORDER BY r.label
