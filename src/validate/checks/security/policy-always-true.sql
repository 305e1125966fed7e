-- Check: Policy that lets everybody write every row
-- Severity: warning
-- Cost: C0
-- Why: with USING (true) or WITH CHECK (true) for a command that writes, row security is on and keeps nobody out.
-- Fix: say whose rows they are.
SELECT format('%s.%I', t.label, p.polname) AS object,
       format('policy %I of %s allows %s of every row to %s', p.polname, t.label,
              CASE p.polcmd WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'everything' END,
              r.names) AS message,
       r.names AS roles,
       format('ALTER POLICY %I ON %s ...', p.polname, t.label) AS fix
  FROM pg_policy p
  JOIN user_table t ON t.oid = p.polrelid
 CROSS JOIN LATERAL (
       SELECT string_agg(CASE o WHEN 0 THEN 'public' ELSE pg_get_userbyid(o)::text END, ', ' ORDER BY o) AS names
         FROM unnest(p.polroles) o) r
 WHERE p.polpermissive AND p.polcmd <> 'r'
   AND coalesce(pg_get_expr(p.polqual, p.polrelid), 'true') = 'true'
   AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'true') = 'true'
   -- Open to all, and narrowed by restrictive ones: that is how those are used.
   AND NOT EXISTS (SELECT FROM pg_policy r
                    WHERE r.polrelid = p.polrelid AND NOT r.polpermissive AND r.polcmd IN ('*', p.polcmd)
                      AND coalesce(pg_get_expr(r.polqual, r.polrelid), pg_get_expr(r.polwithcheck, r.polrelid)) <> 'true')
 ORDER BY 1
