-- Check: B-tree index that is damaged
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Requires: extension amcheck
-- Why: an index whose order is broken, or that lacks rows, gives wrong answers without an error, and a unique one lets
--   duplicates in. Disks, copies of a running server and changed collations do that.
-- Fix: rebuild it, and find out what broke it; look at the table, too (table-damaged).
SELECT x.label AS object,
       format('index %s of %s is damaged', x.label, x.table_label) AS message,
       x.bytes + x.table_bytes AS bytes,
       -- It gives no row, and ends with an error where something is wrong.
       format('SELECT 1 AS never FROM (SELECT %I.bt_index_check(%s, true) AS done OFFSET 0) c WHERE c.done IS NULL', n.nspname,
              x.oid) AS probe,
       format('REINDEX INDEX CONCURRENTLY %s', x.label) AS fix
  FROM user_index x
  JOIN pg_extension e ON e.extname = 'amcheck'
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE x.method = 'btree' AND x.kind = 'i' AND x.is_valid AND x.is_ready
   AND EXISTS (SELECT FROM relation r WHERE r.oid = x.oid AND r.persistence = 'p')
 -- Texts first: their order is what changes.
 ORDER BY x.collations !~ '[1-9]', x.bytes, x.label
