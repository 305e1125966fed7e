-- Check: Rewrite rule on a table
-- Severity: info
-- Cost: C0
-- Why: a rule rewrites the statement and not the row: volatile expressions run twice, COPY passes it by, and RETURNING and
--   row counts lie.
-- Fix: a trigger.
SELECT format('%s.%I', t.label, r.rulename) AS object,
       format('the rule %I rewrites %s on %s', r.rulename,
              CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' WHEN '4' THEN 'DELETE' ELSE 'SELECT' END, t.label)
           AS message,
       CASE r.ev_enabled WHEN 'D' THEN true END AS disabled
  FROM pg_rewrite r
  JOIN user_table t ON t.oid = r.ev_class
 ORDER BY 1
