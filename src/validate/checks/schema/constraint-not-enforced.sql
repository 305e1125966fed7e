-- Check: Constraint that is NOT ENFORCED
-- Severity: warning
-- Cost: C0
-- Versions: 18+
-- Why: it is written down and nobody keeps to it: the server doesn't look, whatever is inserted.
-- Fix: mend the rows that break it, then enforce it; or drop what is not meant.
SELECT format('%s.%I', t.label, k.conname) AS object,
       format('%s %I of %s is not enforced', CASE k.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END,
              k.conname, t.label) AS message,
       CASE WHEN k.contype = 'f' THEN format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED', t.label, k.conname)
            ELSE format(E'ALTER TABLE %s DROP CONSTRAINT %I;\nALTER TABLE %s ADD CONSTRAINT %I %s', t.label, k.conname,
                        t.label, k.conname, replace(pg_get_constraintdef(k.oid), ' NOT ENFORCED', '')) END AS fix
  FROM pg_constraint k
  JOIN user_table t ON t.oid = k.conrelid
 WHERE NOT (to_jsonb(k) ->> 'conenforced')::boolean AND k.conparentid = 0
 ORDER BY 1
