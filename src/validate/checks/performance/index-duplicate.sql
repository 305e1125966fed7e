-- Check: Indexes that are the same
-- Severity: warning
-- Cost: C0
-- Why: each costs space, and time at every write; one would do.
-- Fix: drop the one that backs no constraint.
SELECT d.label AS object,
       format('index %s of %s is the same as %s', d.label, d.table_label, o.label) AS message,
       o.label AS same_as, d.bytes,
       format('DROP INDEX CONCURRENTLY %s', d.label) AS fix
  FROM user_index d
  JOIN LATERAL (
       SELECT o.label
         FROM user_index o
        WHERE o.relid = d.relid AND o.oid <> d.oid AND o.is_valid
          AND o.keys = d.keys AND o.included @> d.included AND o.classes = d.classes AND o.collations = d.collations
          AND o.orders = d.orders AND o.method = d.method
          AND o.predicate IS NOT DISTINCT FROM d.predicate AND o.expressions IS NOT DISTINCT FROM d.expressions
          -- What is kept is at least as strong; of two alike, the older one.
          AND (o.is_unique OR NOT d.is_unique)
          AND (o.is_unique > d.is_unique OR o.backs_constraint > d.backs_constraint OR o.is_primary > d.is_primary
               OR (o.included <> d.included AND o.is_unique >= d.is_unique)
               OR o.oid < d.oid)
        ORDER BY o.is_primary DESC, o.backs_constraint DESC, o.is_unique DESC, o.oid
        LIMIT 1) o ON true
 WHERE d.is_valid AND NOT d.backs_constraint AND NOT d.is_replident AND d.kind = 'i' AND NOT d.is_partition
 ORDER BY d.bytes DESC, d.label
