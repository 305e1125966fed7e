-- Check: Materialized view without data
-- Severity: warning
-- Cost: C0
-- Why: every query on it fails until it is refreshed. A restore without data, or WITH NO DATA, leaves it like that.
-- Fix: refresh it.
SELECT r.label AS object,
       format('%s was never filled: queries on it fail', r.label) AS message,
       format('REFRESH MATERIALIZED VIEW %s', r.label) AS fix
  FROM relation r
  JOIN pg_class c ON c.oid = r.oid
 WHERE r.kind = 'm' AND NOT c.relispopulated
 ORDER BY 1
