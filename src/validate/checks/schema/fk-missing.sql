-- Check: Column that looks like a foreign key and is none
-- Severity: info
-- Cost: C0
-- Why: it is named after a table and has the type of its key; nothing keeps it from pointing at a row that is gone.
--   orphans-without-fk counts such rows.
-- Fix: add the constraint, first NOT VALID, then VALIDATE.
SELECT f.label AS object,
       format('%s looks like a reference to %s (%s), without a foreign key', f.label, f.parent_label, f.parent_column)
           AS message,
       format(E'ALTER TABLE %1$s ADD FOREIGN KEY (%2$I) REFERENCES %3$s (%4$I)%5$s%6$s',
              f.table_label, f.name, f.parent_label, f.parent_column, CASE WHEN f.kind = 'r' THEN ' NOT VALID' ELSE '' END,
              CASE WHEN f.kind = 'r' THEN format(E';\nALTER TABLE %s VALIDATE CONSTRAINT %I', f.table_label,
                                                 left(f.table_name || '_' || f.name, 58) || '_fkey') ELSE '' END) AS fix
  FROM intended_key f
 ORDER BY 1
