-- Check: Materialized view over rows that policies guard
-- Severity: warning
-- Cost: C0
-- Why: it is a copy without policies, made with its owner's rights; who may read it reads every row.
-- Fix: grant it to nobody but who may see all, or leave the guarded table out.
SELECT m.label AS object,
       format('%s holds rows of %s, which has row security, and is granted to %s', m.label, f.tables, g.roles) AS message,
       (SELECT string_agg(format('REVOKE SELECT ON %s FROM %s', m.label, x), E';\n')
          FROM unnest(g.quoted) x) AS fix
  FROM relation m
  JOIN LATERAL (
       SELECT string_agg(DISTINCT t.label, ', ') AS tables
         FROM pg_rewrite w
         JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
              AND d.refclassid = 'pg_class'::regclass
         JOIN user_table t ON t.oid = d.refobjid AND t.row_security
        WHERE w.ev_class = m.oid) f ON f.tables IS NOT NULL
  JOIN LATERAL (
       SELECT string_agg(CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END, ', '
                         ORDER BY a.grantee) AS roles,
              array_agg(CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE format('%I', pg_get_userbyid(a.grantee)) END) AS quoted
         FROM aclexplode(m.acl) a
        WHERE a.privilege_type = 'SELECT' AND a.grantee <> m.owner) g ON g.roles IS NOT NULL
 WHERE m.kind = 'm'
 ORDER BY m.label
