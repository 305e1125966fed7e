-- Check: Table with many indexes
-- Severity: info
-- Cost: C0
-- Parameter: indexes = 10, more than
-- Why: an insert writes each of them, and so does an update of any indexed column; together they push the table out of
--   the cache.
-- Fix: index-unused, index-duplicate and index-redundant say which can go.
SELECT t.label AS object,
       format('%s has %s indexes, of %s together', t.label, x.count, pg_size_pretty(x.bytes)) AS message,
       x.count AS indexes, x.bytes AS index_bytes, t.bytes AS table_bytes
  FROM user_table t
  JOIN (SELECT relid, count(*) AS count, sum(bytes) AS bytes FROM user_index GROUP BY relid) x ON x.relid = t.oid
 WHERE x.count > {indexes} AND NOT t.is_partition
 ORDER BY x.bytes DESC, t.label
