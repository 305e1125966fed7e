-- Check: Updates that have to touch every index
-- Severity: info
-- Cost: C0
-- Parameter: updates = 100000, at least
-- Parameter: percent = 50, that stay on their page, less than
-- Why: where a page has no room for the new row version, or an indexed column changes, each update writes to all indexes.
-- Fix: leave room in pages (fillfactor), and drop indexes on columns that change all the time.
SELECT t.label AS object,
       format('only %s %% of %s updates of %s left the indexes alone', round(100.0 * s.n_tup_hot_upd / s.n_tup_upd, 1),
              s.n_tup_upd, t.label) AS message,
       s.n_tup_upd AS updates, s.n_tup_hot_upd AS hot_updates,
       format('ALTER TABLE %s SET (fillfactor = 85)', t.label) AS fix
  FROM user_table t
  JOIN pg_stat_all_tables s ON s.relid = t.oid
 WHERE t.kind = 'r' AND s.n_tup_upd >= {updates} AND s.n_tup_hot_upd < s.n_tup_upd * {percent} / 100.0
   AND NOT EXISTS (SELECT FROM unnest(t.options) o WHERE o LIKE 'fillfactor=%')
   AND EXISTS (SELECT FROM user_index x WHERE x.relid = t.oid)
 ORDER BY s.n_tup_upd - s.n_tup_hot_upd DESC, t.label
