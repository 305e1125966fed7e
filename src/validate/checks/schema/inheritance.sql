-- Check: Table inheritance that is no partitioning
-- Severity: info
-- Cost: C0
-- Why: keys, foreign keys and unique constraints hold for each table alone: a foreign key to the parent doesn't see the
--   children's rows.
-- Fix: partition the parent, or ALTER TABLE … NO INHERIT what is only a leftover.
SELECT t.label AS object,
       format('%s inherits from %s', t.label, string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)) AS message,
       string_agg(format('ALTER TABLE %s NO INHERIT %s', t.label, i.inhparent::regclass), E';\n') AS fix
  FROM pg_inherits i
  JOIN user_table t ON t.oid = i.inhrelid
 WHERE NOT t.is_partition
 GROUP BY t.label
 ORDER BY 1
