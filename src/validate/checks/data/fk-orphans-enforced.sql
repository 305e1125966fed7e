-- Check: Rows that break a foreign key which seems enforced
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: the catalog says that a foreign key holds; a load with triggers off or session_replication_role = replica, a
--   trigger that undoes a cascade, or a damaged index make that untrue without a trace.
-- Fix: mend the rows, then add the constraint anew, NOT VALID, and validate it: a valid one is not looked at again.
SELECT k.label AS object,
       format('{rows} of %s without a parent, though %I is enforced: (%s) is not in %s (%s)', k.child_label, k.name,
              k.child_columns, k.parent_label, k.parent_columns) AS message,
       k.child_bytes + k.parent_bytes AS bytes,
       format('SELECT %s FROM %s c{sample} WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)',
              (SELECT string_agg(DISTINCT format('c.%I', a.attname), ', ')
                 FROM pg_attribute a
                 LEFT JOIN row_name r ON r.relid = k.relid
                WHERE a.attrelid = k.relid AND (a.attnum = ANY (k.child_key) OR a.attname = ANY (r.names))),
              k.child_from, k.given, k.parent_from, k.match) AS probe,
       format('DELETE FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)', k.child_from, k.given,
              k.parent_from, k.match) AS fix
  FROM foreign_key k
  JOIN relation p ON p.oid = k.parent AND p.kind IN ('r', 'p')
 WHERE k.validated
   AND coalesce((SELECT (to_jsonb(c) ->> 'conenforced')::boolean FROM pg_constraint c WHERE c.oid = k.oid), true)
   AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled IN ('D', 'R'))
 ORDER BY k.child_bytes, k.label
