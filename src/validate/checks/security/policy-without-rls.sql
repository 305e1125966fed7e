-- Check: Policies on a table whose row security is off
-- Severity: critical
-- Cost: C0
-- Why: they do nothing: everybody with a right on the table sees every row.
-- Fix: switch row security on, or drop the policies.
SELECT t.label AS object,
       format('%s has %s, and row security is off', t.label,
              CASE WHEN p.count = 1 THEN 'a policy' ELSE p.count || ' policies' END) AS message,
       p.names AS policies,
       format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.label) AS fix
  FROM user_table t
  JOIN (SELECT polrelid, count(*) AS count, string_agg(polname, ', ' ORDER BY polname) AS names
          FROM pg_policy GROUP BY polrelid) p ON p.polrelid = t.oid
 WHERE NOT t.row_security
 ORDER BY t.label
