-- Check: Check constraints that are the same
-- Severity: info
-- Cost: C0
-- Why: each is computed for every row that is written.
-- Fix: drop one of them.
SELECT format('%s.%I', t.label, d.conname) AS object,
       format('check constraint %I of %s says the same as %I', d.conname, t.label, o.conname) AS message,
       format('ALTER TABLE %s DROP CONSTRAINT %I', t.label, d.conname) AS fix
  FROM pg_constraint d
  JOIN user_table t ON t.oid = d.conrelid
  JOIN LATERAL (SELECT o.conname FROM pg_constraint o
                 WHERE o.conrelid = d.conrelid AND o.contype = 'c' AND o.oid <> d.oid
                   AND regexp_replace(o.conbin::text, ':location -?[0-9]+', '', 'g')
                       = regexp_replace(d.conbin::text, ':location -?[0-9]+', '', 'g')
                   AND (o.convalidated > d.convalidated OR (o.convalidated = d.convalidated AND o.oid < d.oid))
                 LIMIT 1) o ON true
 WHERE d.contype = 'c' AND d.conislocal AND d.coninhcount = 0
 ORDER BY 1
