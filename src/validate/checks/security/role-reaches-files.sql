-- Check: Role that reaches the server's files or programs
-- Severity: critical
-- Cost: C0
-- Why: members of these roles can run programs as the server's user, or write its files: that is as good as superuser.
-- Fix: take the role out.
SELECT format('%I in %I', m.rolname, g.rolname) AS object,
       format('%s can %s', m.rolname, CASE g.rolname WHEN 'pg_execute_server_program' THEN 'run programs on the server'
              WHEN 'pg_write_server_files' THEN 'write files on the server' ELSE 'read files on the server' END) AS message,
       CASE g.rolname WHEN 'pg_read_server_files' THEN 'warning' ELSE 'critical' END AS severity,
       format('REVOKE %I FROM %I', g.rolname, m.rolname) AS fix
  FROM pg_auth_members a
  JOIN pg_roles g ON g.oid = a.roleid
  JOIN pg_roles m ON m.oid = a.member
 WHERE g.rolname IN ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files') AND NOT m.rolsuper
 ORDER BY 1
