-- Check: Indexes over the same columns in another order
-- Severity: info
-- Cost: C0
-- Why: one of both is often enough, where queries give all of the columns.
-- Fix: look at the queries; keep the one whose first column they always give.
SELECT b.label AS object,
       format('%s of %s has the columns of %s in another order', b.label, b.table_label, a.label) AS message,
       a.label AS other, b.bytes
  FROM user_index a
  JOIN user_index b ON b.relid = a.relid AND b.oid > a.oid AND b.method = a.method
 WHERE a.method = 'btree' AND a.keys <> b.keys AND a.keys @> b.keys AND b.keys @> a.keys
   AND cardinality(a.keys) = cardinality(b.keys) AND cardinality(a.keys) > 1
   AND NOT a.has_expressions AND NOT b.has_expressions AND a.predicate IS NOT DISTINCT FROM b.predicate
   AND a.is_valid AND b.is_valid AND NOT b.is_partition AND NOT b.backs_constraint
   AND a.oid = (SELECT min(f.oid::bigint)::oid FROM user_index f
                 WHERE f.relid = b.relid AND f.method = 'btree' AND f.keys <> b.keys AND f.keys @> b.keys
                   AND b.keys @> f.keys AND f.is_valid AND NOT f.has_expressions
                   AND f.predicate IS NOT DISTINCT FROM b.predicate)
 ORDER BY b.label
