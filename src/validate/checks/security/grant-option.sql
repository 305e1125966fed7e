-- Check: Right that may be passed on
-- Severity: info
-- Cost: C0
-- Why: WITH GRANT OPTION lets a role decide who else gets in, and what it granted goes with its own right.
-- Fix: revoke the option; grants come from the owner then.
SELECT format('%s to %s', r.label, pg_get_userbyid(a.grantee)) AS object,
       format('%s may grant %s on %s to others', pg_get_userbyid(a.grantee), string_agg(a.privilege_type, ', '
              ORDER BY a.privilege_type), r.label) AS message,
       format('REVOKE GRANT OPTION FOR ALL ON %s FROM %I', r.label, pg_get_userbyid(a.grantee)) AS fix
  FROM relation r
 CROSS JOIN LATERAL aclexplode(r.acl) a
 WHERE a.is_grantable AND a.grantee <> r.owner AND a.grantee <> 0
 GROUP BY r.label, a.grantee
 ORDER BY 1
