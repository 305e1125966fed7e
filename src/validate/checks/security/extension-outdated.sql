-- Check: Extension older than the one on the server
-- Severity: info
-- Cost: C0
-- Why: the files were updated with the server and the database was not: mended holes and errors stay.
-- Fix: update it.
SELECT format('%I', e.extname) AS object,
       format('%s is version %s, and the server has %s', e.extname, e.extversion, a.default_version) AS message,
       e.extversion AS installed, a.default_version AS available,
       format('ALTER EXTENSION %I UPDATE', e.extname) AS fix
  FROM pg_extension e
  JOIN pg_available_extensions a ON a.name = e.extname
 WHERE a.default_version IS NOT NULL AND a.default_version <> e.extversion
 ORDER BY 1
