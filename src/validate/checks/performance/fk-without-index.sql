-- Check: Foreign key without an index
-- Severity: warning
-- Cost: C0
-- Why: every DELETE of a parent's row, and every UPDATE of its key, reads the whole referencing table, with the lock on
--   the parent held; joins along the key do it, too.
-- Fix: an index that begins with the key's columns, in any order.
SELECT k.label AS object,
       format('no index of %s begins with (%s), so each change of a key in %s reads all of it',
              k.child_label, k.child_columns, k.parent_label) AS message,
       CASE WHEN k.child_tuples BETWEEN 0 AND 1000 AND k.child_bytes < 1048576 AND k.child_bytes > 0
            THEN 'info' ELSE 'warning' END AS severity,
       k.child_bytes AS bytes,
       CASE WHEN k.child_tuples >= 0 THEN k.child_tuples::bigint END AS estimated_rows,
       (SELECT s.n_tup_upd + s.n_tup_del FROM pg_stat_all_tables s WHERE s.relid = k.parent) AS parent_changes,
       format('CREATE INDEX%s ON %s (%s)', CASE WHEN k.child_kind = 'r' THEN ' CONCURRENTLY' ELSE '' END,
              k.child_label, k.child_columns) AS fix
  FROM foreign_key k
 WHERE NOT EXISTS (
           SELECT FROM user_index x
            WHERE x.relid = k.relid AND x.is_valid AND NOT x.is_partial AND x.method IN ('btree', 'hash', 'gist', 'spgist')
              AND x.keys[1:cardinality(k.child_key)] @> k.child_key)
 ORDER BY k.child_bytes DESC, k.label
