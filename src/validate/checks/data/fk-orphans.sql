-- Check: Rows that break a foreign key which was not enforced
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: a foreign key that is NOT VALID, NOT ENFORCED or had its triggers switched off may have rows without a parent;
--   programs that trust it lose them in joins, and a restore of a dump fails.
-- Fix: give the rows a parent, clear the column or delete them, then validate the constraint.
SELECT k.label AS object,
       format('{rows} of %s without a parent: (%s) is not in %s (%s)', k.child_label, k.child_columns,
              k.parent_label, k.parent_columns) AS message,
       k.child_bytes + k.parent_bytes AS bytes,
       s.state,
       format('SELECT %s FROM %s c{sample} WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)',
              s.shown, k.child_from, k.given, k.parent_from, k.match)
       || CASE WHEN s.halves IS NOT NULL
               THEN format(' UNION ALL SELECT %s FROM %s c{sample} WHERE %s', s.shown, k.child_from, s.halves)
               ELSE '' END AS probe,
       format(E'DELETE FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s);\n',
              k.child_from, k.given, k.parent_from, k.match)
       || CASE WHEN s.halves IS NOT NULL THEN format(E'DELETE FROM %s c WHERE %s;\n', k.child_from, s.halves) ELSE '' END
       || format('ALTER TABLE %s VALIDATE CONSTRAINT %I', k.child_label, k.name) AS fix
  FROM foreign_key k
  JOIN relation p ON p.oid = k.parent AND p.kind IN ('r', 'p')
 CROSS JOIN LATERAL (
       SELECT (SELECT string_agg(DISTINCT format('c.%I', a.attname), ', ')
                 FROM pg_attribute a
                 LEFT JOIN row_name r ON r.relid = k.relid
                WHERE a.attrelid = k.relid AND (a.attnum = ANY (k.child_key) OR a.attname = ANY (r.names))) AS shown,
              CASE WHEN NOT coalesce((SELECT (to_jsonb(c) ->> 'conenforced')::boolean
                                        FROM pg_constraint c WHERE c.oid = k.oid), true) THEN 'not enforced'
                   WHEN NOT k.validated THEN 'not valid'
                   WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled IN ('D', 'R'))
                   THEN 'triggers disabled' END AS state,
              -- MATCH FULL takes all NULL or none.
              CASE WHEN k.match_type = 'f' AND cardinality(k.child_key) > 1
                   THEN format('num_nulls(c.%s) BETWEEN 1 AND %s', replace(k.child_columns, ', ', ', c.'),
                               cardinality(k.child_key) - 1) END AS halves) s
 WHERE s.state IS NOT NULL
 ORDER BY k.child_bytes, k.label
