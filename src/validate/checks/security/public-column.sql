-- Check: Columns that every role may use
-- Severity: warning
-- Cost: C0
-- Why: rights on single columns hide behind a table that looks closed.
-- Fix: revoke it, and grant it to the roles that need it.
SELECT format('%s.%I', r.label, a.attname) AS object,
       format('every role may %s the column %I of %s', lower(g.rights), a.attname, r.label) AS message,
       g.rights,
       format('REVOKE ALL (%I) ON %s FROM PUBLIC', a.attname, r.label) AS fix
  FROM relation r
  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN LATERAL (
       SELECT string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS rights
         FROM aclexplode(a.attacl) x
        WHERE x.grantee = 0) g ON g.rights IS NOT NULL
 WHERE r.kind IN ('r', 'p', 'v', 'm', 'f')
 ORDER BY 1
