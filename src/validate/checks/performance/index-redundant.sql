-- Check: Index that is the beginning of another
-- Severity: warning
-- Cost: C0
-- Why: what it serves, the longer one serves as well, with little more to read; both are written every time.
-- Fix: drop the shorter one, unless the longer one is very much wider.
SELECT d.label AS object,
       format('index %s of %s is the beginning of %s', d.label, d.table_label, o.label) AS message,
       o.label AS beginning_of, d.bytes, o.bytes AS bytes_of_longer,
       format('DROP INDEX CONCURRENTLY %s', d.label) AS fix
  FROM user_index d
  JOIN LATERAL (
       SELECT o.label, o.bytes
         FROM user_index o
        WHERE o.relid = d.relid AND o.oid <> d.oid AND o.is_valid AND o.method = 'btree'
          AND NOT o.has_expressions
          AND cardinality(o.keys) > cardinality(d.keys)
          AND o.keys[1:cardinality(d.keys)] = d.keys
          AND (string_to_array(o.classes, ' '))[1:cardinality(d.keys)] = string_to_array(d.classes, ' ')
          AND (string_to_array(o.collations, ' '))[1:cardinality(d.keys)] = string_to_array(d.collations, ' ')
          AND (string_to_array(o.orders, ' '))[1:cardinality(d.keys)] = string_to_array(d.orders, ' ')
          AND o.predicate IS NOT DISTINCT FROM d.predicate
        ORDER BY o.bytes, o.label
        LIMIT 1) o ON true
 WHERE d.is_valid AND d.method = 'btree' AND d.kind = 'i' AND NOT d.is_partition AND NOT d.has_expressions
   AND NOT d.is_unique AND NOT d.backs_constraint AND NOT d.is_replident AND cardinality(d.included) = 0
 ORDER BY d.bytes DESC, d.label
