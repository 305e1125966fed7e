-- Check: Replication slot that keeps vacuum from cleaning up
-- Severity: warning
-- Cost: C0
-- Parameter: transactions = 1000000, that it is behind, at least
-- Why: rows that were deleted since are kept for it, in the catalog or in all tables, and transaction ids grow old.
-- Fix: bring its reader back, or drop it.
SELECT r.slot_name AS object,
       format('slot %s still wants what was deleted up to %s transactions ago', r.slot_name, h.age) AS message,
       h.age AS transactions, r.slot_type, r.active,
       CASE WHEN NOT r.active THEN format('SELECT pg_drop_replication_slot(%L)', r.slot_name) END AS fix
  FROM pg_replication_slots r
 CROSS JOIN LATERAL (SELECT greatest(age(r.xmin), age(r.catalog_xmin)) AS age) h
 WHERE h.age >= {transactions} AND NOT r.temporary
 ORDER BY h.age DESC, r.slot_name
