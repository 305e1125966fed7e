-- Check: Database whose collation library has changed
-- Severity: critical
-- Cost: C0
-- Versions: 15+
-- Why: every index on text of the default collation may be in the wrong order: searches miss rows, and unique indexes let
--   duplicates in. An upgrade of the operating system does that.
-- Fix: rebuild all indexes on text, then refresh the version.
SELECT format('%I', d.datname) AS object,
       format('database %I was made for version %s of its collation library, which now is %s', d.datname,
              to_jsonb(d) ->> 'datcollversion', coalesce(a.version, 'without one')) AS message,
       format(E'REINDEX DATABASE CONCURRENTLY %I;\nALTER DATABASE %I REFRESH COLLATION VERSION', d.datname, d.datname) AS fix
  FROM pg_database d
 CROSS JOIN LATERAL pg_database_collation_actual_version(d.oid) AS a(version)
 WHERE d.datname = current_database()
   AND to_jsonb(d) ->> 'datcollversion' IS NOT NULL AND to_jsonb(d) ->> 'datcollversion' IS DISTINCT FROM a.version
