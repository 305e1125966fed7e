-- Check: Session that sits in a transaction and does nothing
-- Severity: warning
-- Cost: C0
-- Requires: role pg_read_all_stats
-- Parameter: seconds = 300, longer than
-- Why: it works on nothing, and yet keeps its locks and what vacuum would clean up. Mostly a program that forgot to commit,
--   or waits for a person or another server with the transaction open.
-- Fix: mend the program; idle_in_transaction_session_timeout ends what it forgets.
SELECT format('%s (%s)', coalesce(nullif(a.application_name, ''), 'without a name'), a.usename) AS object,
       format('%s of %s %s idle in a transaction, the longest for %s s', count(*),
              coalesce(nullif(a.application_name, ''), 'a program without a name'),
              CASE WHEN count(*) = 1 THEN 'session is' ELSE 'sessions are' END,
              extract(epoch FROM clock_timestamp() - min(a.state_change))::bigint) AS message,
       string_agg(a.pid::text, ', ' ORDER BY a.state_change) AS pids, min(a.state_change) AS since,
       (SELECT string_agg(DISTINCT l.relation::regclass::text, ', ')
          FROM pg_locks l
         WHERE l.pid = ANY (array_agg(a.pid)) AND l.locktype = 'relation' AND l.relation >= 16384) AS holds,
       string_agg(format('SELECT pg_terminate_backend(%s)', a.pid), E';\n' ORDER BY a.state_change) AS fix
  FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.state IN ('idle in transaction', 'idle in transaction (aborted)')
   AND a.state_change < clock_timestamp() - make_interval(secs => {seconds})
 GROUP BY a.application_name, a.usename
 ORDER BY min(a.state_change)
