-- Check: Constraint left NOT VALID
-- Severity: warning
-- Cost: C0
-- Why: rows that were there before it may break it, so nobody can rely on it, and neither does the planner.
-- Fix: mend the rows that break it (constraint-violations and fk-orphans list them), then validate it: that reads the
--   table, and only holds off other changes of its definition.
SELECT format('%s.%I', t.label, k.conname) AS object,
       format('%s %I of %s was never validated',
              CASE k.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check constraint' ELSE 'constraint' END,
              k.conname, t.label) AS message,
       CASE k.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'n' THEN 'not null' END AS kind,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', t.label, k.conname) AS fix
  FROM pg_constraint k
  JOIN user_table t ON t.oid = k.conrelid
 WHERE NOT k.convalidated AND k.conparentid = 0
   AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
 ORDER BY t.label, k.conname
