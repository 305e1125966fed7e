-- Check: Nothing ends what waits for ever
-- Severity: info
-- Cost: C0
-- Why: a forgotten transaction, or a statement without end, holds its locks until somebody notices.
-- Fix: set a limit for the database or the role; programs that need more set their own.
SELECT s.name AS object,
       format('%s is 0: %s', s.name, r.consequence) AS message,
       format('ALTER DATABASE %I SET %I = %L', current_database(), s.name, r.proposed) AS fix
  FROM (VALUES ('idle_in_transaction_session_timeout', '5min', 'a transaction that its program forgot stays open'),
               ('statement_timeout', '...', 'a statement may run without end'))
       AS r(name, proposed, consequence)
  JOIN pg_settings s ON s.name = r.name AND s.reset_val = '0'
 WHERE r.name <> 'statement_timeout'
    OR NOT EXISTS (SELECT FROM pg_db_role_setting d, unnest(d.setconfig) c WHERE c LIKE 'statement\_timeout=%')
 ORDER BY 1
