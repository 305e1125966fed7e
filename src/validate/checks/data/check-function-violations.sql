-- Check: Rows that break a check constraint with a function in it
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: PostgreSQL looks at a check when a row is written, and never again. A function that was replaced, or that reads
--   other tables, makes rows wrong that are there; a dump of them can't be restored.
-- Fix: mend the rows. A rule about other rows belongs in a trigger or a foreign key.
SELECT format('%s.%I', t.label, k.conname) AS object,
       format('{rows} of %s break the constraint %I, which calls %s', t.label, k.conname, f.functions) AS message,
       t.bytes,
       format('SELECT %s FROM %s c{sample} WHERE NOT (%s)', coalesce(r.columns, 'c.*'),
              CASE WHEN k.connoinherit THEN 'ONLY ' ELSE '' END || t.label, pg_get_expr(k.conbin, k.conrelid)) AS probe,
       pg_get_constraintdef(k.oid) AS expression
  FROM pg_constraint k
  JOIN user_table t ON t.oid = k.conrelid
  LEFT JOIN row_name r ON r.relid = t.oid
 CROSS JOIN LATERAL (
       SELECT string_agg(DISTINCT p.oid::regproc::text, ', ') AS functions
         FROM pg_depend d
         JOIN pg_proc p ON p.oid = d.refobjid
         JOIN user_schema s ON s.oid = p.pronamespace
        WHERE d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_proc'::regclass) f
 WHERE k.contype = 'c' AND k.convalidated AND k.conparentid = 0 AND k.coninhcount = 0 AND f.functions IS NOT NULL
   AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
 ORDER BY t.bytes, 1
