-- Check: Foreign keys that say the same
-- Severity: warning
-- Cost: C0
-- Why: each is checked at every write, and they may disagree on what a DELETE does.
-- Fix: drop one of them.
SELECT d.label AS object,
       format('foreign key %I of %s says the same as %I', d.name, d.child_label, o.name) AS message,
       o.name AS same_as, d.on_delete <> o.on_delete AS differ_on_delete,
       format('ALTER TABLE %s DROP CONSTRAINT %I', d.child_label, d.name) AS fix
  FROM foreign_key d
  JOIN LATERAL (
       SELECT o.name, o.on_delete
         FROM foreign_key o
        WHERE o.relid = d.relid AND o.parent = d.parent AND o.oid <> d.oid
          AND (SELECT array_agg((c, p) ORDER BY c) FROM unnest(o.child_key, o.parent_key) AS n(c, p))
              = (SELECT array_agg((c, p) ORDER BY c) FROM unnest(d.child_key, d.parent_key) AS n(c, p))
          -- The one that is enforced on all rows stays; of two alike, the older one.
          AND (o.validated > d.validated OR (o.validated = d.validated AND o.oid < d.oid))
        ORDER BY o.validated DESC, o.oid
        LIMIT 1) o ON true
 ORDER BY 1
