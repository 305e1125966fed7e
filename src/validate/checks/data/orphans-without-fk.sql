-- Check: Rows that point at nothing, without a foreign key
-- Severity: warning
-- Cost: C3
-- Mode: probes
-- Why: a column that is named after a table holds keys that this table doesn't have: rows whose parent was deleted, or a
--   column that means something else.
-- Fix: mend the rows, then add the foreign key, so that it can't happen again (fk-missing has it).
SELECT f.label AS object,
       format('{rows} of %s with a %I that %s (%I) does not have', f.table_label, f.name, f.parent_label,
              f.parent_column) AS message,
       f.bytes + f.parent_bytes AS bytes,
       format('SELECT %s FROM %s c{sample} WHERE c.%I IS NOT NULL AND NOT EXISTS (SELECT FROM %s p WHERE p.%I = c.%I)',
              concat_ws(', ', r.columns, format('c.%I AS missing', f.name)),
              CASE WHEN f.kind = 'r' THEN 'ONLY ' ELSE '' END || f.table_label, f.name, f.parent_from,
              f.parent_column, f.name) AS probe
  FROM intended_key f
  LEFT JOIN row_name r ON r.relid = f.relid
 -- Types of extensions have operators of their own; those are compared where a constraint says how.
 WHERE f.type < 16384
 ORDER BY f.bytes, f.label
