-- Check: Rows in a default partition
-- Severity: warning
-- Cost: C3
-- Mode: probes
-- Why: a row there had no partition. Making its partition later has to read all of the default one with the table locked,
--   and is refused as long as the row is there.
-- Fix: detach the default partition, make the partitions that lack, move the rows.
SELECT t.label AS object,
       format('%s, the default partition of %s, has rows', t.label, i.inhparent::regclass) AS message,
       -- The first row is enough.
       0 AS bytes,
       format('SELECT c.* FROM %s c LIMIT 1', t.label) AS probe
  FROM user_table t
  JOIN pg_partitioned_table p ON p.partdefid = t.oid
  JOIN pg_inherits i ON i.inhrelid = t.oid
 ORDER BY t.label
