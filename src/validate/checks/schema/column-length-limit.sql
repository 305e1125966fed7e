-- Check: Text with a limit of length
-- Severity: info
-- Cost: C0
-- Why: varchar(n) is no faster or smaller than text; the day the limit is too small, an INSERT fails. Making it smaller
--   again reads or rewrites the table.
-- Fix: text, with a check constraint where the limit is a rule of the business.
SELECT t.label AS object,
       format('%s has %s', t.label, string_agg(format('%I %s', c.name, c.type_name), ', ' ORDER BY c.number)) AS message,
       string_agg(format('ALTER TABLE %s ALTER COLUMN %I TYPE text', t.label, c.name), E';\n' ORDER BY c.number) AS fix
  FROM user_table t
  JOIN user_column c ON c.relid = t.oid AND c.type = 'varchar'::regtype AND c.typmod > 0 AND c.is_local
 WHERE NOT t.is_partition
 GROUP BY t.label
 ORDER BY 1
