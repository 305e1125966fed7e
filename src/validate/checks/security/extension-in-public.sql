-- Check: Extension in a schema where others make objects
-- Severity: info
-- Cost: C0
-- Why: its functions mix with yours, and where everybody may create in that schema, somebody can put his own in their way.
-- Fix: move it to a schema of its own, and put that into the search_path.
SELECT format('%I', e.extname) AS object,
       format('%s is in the schema public', e.extname) AS message,
       CASE WHEN e.extrelocatable
            THEN format(E'CREATE SCHEMA IF NOT EXISTS extensions;\nALTER EXTENSION %I SET SCHEMA extensions', e.extname) END AS fix
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE n.nspname = 'public'
 ORDER BY 1
