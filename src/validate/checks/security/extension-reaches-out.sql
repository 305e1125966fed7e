-- Check: Extension that reaches files, programs or other servers
-- Severity: info
-- Cost: C0
-- Why: what can be called from SQL here acts outside of the database, with the rights of the server's system user.
-- Fix: drop what nobody uses; see who may call the rest.
SELECT format('%I', e.extname) AS object,
       format('%s %s', e.extname, k.what) AS message,
       CASE WHEN k.code THEN 'warning' ELSE 'info' END AS severity,
       e.extversion AS version
  FROM pg_extension e
  JOIN (VALUES ('dblink', 'opens connections to other servers', false),
               ('postgres_fdw', 'reads and writes other PostgreSQL servers', false),
               ('mysql_fdw', 'reads and writes MySQL servers', false),
               ('oracle_fdw', 'reads and writes Oracle servers', false),
               ('tds_fdw', 'reads SQL Server', false),
               ('http', 'sends requests over HTTP', false),
               ('pg_net', 'sends requests over HTTP', false),
               ('file_fdw', 'reads files and programs of the server', true),
               ('adminpack', 'writes files of the server', true),
               ('pg_cron', 'runs statements on a schedule', false),
               ('plperlu', 'runs Perl without limits', true),
               ('plpython2u', 'runs Python without limits', true),
               ('plpython3u', 'runs Python without limits', true),
               ('pltclu', 'runs Tcl without limits', true),
               ('plsh', 'runs shell scripts', true),
               ('pg_surgery', 'changes pages by hand', true),
               ('pageinspect', 'shows the bytes of every page', false))
       AS k(name, what, code) ON k.name = e.extname
 ORDER BY 1
