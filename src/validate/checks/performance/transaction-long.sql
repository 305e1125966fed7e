-- Check: Transaction that has been open for long
-- Severity: warning
-- Cost: C1
-- Requires: role pg_read_all_stats
-- Parameter: seconds = 3600, how long a transaction may be open
-- Why: it keeps vacuum from taking away what was deleted since it began, in every table of the database, and holds its locks;
--   idle in transaction it does so for nothing.
-- Fix: end it, and find out why the program left it open; idle_in_transaction_session_timeout ends such ones.
SELECT format('pid %s', a.pid) AS object,
       format('%s (%s) has a transaction open for %s, %s', coalesce(nullif(a.application_name, ''), 'a session'), a.usename,
              date_trunc('second', now() - a.xact_start), a.state) AS message,
       CASE WHEN a.state LIKE 'idle in transaction%' THEN 'warning' ELSE 'info' END AS severity,
       left(a.query, 200) AS query, a.client_addr, age(a.backend_xmin) AS xmin_age,
       format('SELECT pg_terminate_backend(%s)', a.pid) AS fix
  FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
   AND a.xact_start < now() - {seconds} * interval '1 second'
 ORDER BY a.xact_start
