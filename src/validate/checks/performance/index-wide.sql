-- Check: Index over many columns
-- Severity: info
-- Cost: C0
-- Parameter: columns = 5, more than
-- Why: it is nearly as big as the table, is used only by queries that give its first columns, and keeps updates from
--   being cheap.
-- Fix: keep the columns that queries filter by; those that they only return can stand in INCLUDE.
SELECT x.label AS object,
       format('%s of %s is over %s columns', x.label, x.table_label, cardinality(x.keys)) AS message,
       x.bytes
  FROM user_index x
 WHERE cardinality(x.keys) > {columns} AND NOT x.is_partition
 ORDER BY x.bytes DESC, x.label
