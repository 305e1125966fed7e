-- Check: Setting that weakens the server's guard
-- Severity: warning
-- Cost: C0
-- Why: new passwords as MD5, old TLS, row security that can be off without an error, or statements of everybody's in the
--   log with the passwords in them.
-- Fix: set it back.
SELECT s.name AS object,
       format('%s is %s: %s', s.name, s.setting, r.consequence) AS message,
       r.severity, s.source
  FROM (VALUES ('password_encryption', 'md5', 'warning', 'new passwords are kept in a form that is as good as the password'),
               ('ssl_min_protocol_version', 'TLSv1', 'warning', 'broken versions of TLS are accepted'),
               ('ssl_min_protocol_version', 'TLSv1.1', 'warning', 'broken versions of TLS are accepted'),
               ('log_parameter_max_length_on_error', '-1', 'info', 'values of parameters stand in the log'),
               ('log_statement', 'all', 'info', 'the log has every statement, with what secrets stand in them'),
               ('log_statement', 'mod', 'info', 'the log has every write, with what secrets stand in them'),
               ('allow_system_table_mods', 'on', 'critical', 'the catalog itself can be changed'))
       AS r(name, bad, severity, consequence)
  JOIN pg_settings s ON s.name = r.name AND s.setting = r.bad
 ORDER BY 1
