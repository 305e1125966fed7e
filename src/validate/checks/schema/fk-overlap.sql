-- Check: Foreign keys that share columns
-- Severity: info
-- Cost: C0
-- Why: one column that points at two parents is either redundant or says that two things are the same; ON DELETE SET NULL
--   of one of them changes the other.
-- Fix: keep the one with more columns, where its parent implies the other.
SELECT d.label AS object,
       format('the columns of foreign key %I of %s (%s) are part of %I (%s)', d.name, d.child_label, d.child_columns,
              o.name, o.child_columns) AS message,
       o.parent_label AS other_parent, d.parent_label AS parent,
       format('ALTER TABLE %s DROP CONSTRAINT %I', d.child_label, d.name) AS fix
  FROM foreign_key d
  JOIN foreign_key o ON o.relid = d.relid AND o.oid <> d.oid AND o.parent = d.parent
                    AND o.child_key @> d.child_key AND NOT o.child_key <@ d.child_key
 ORDER BY 1
