-- Check: Prepared transaction that nobody ended
-- Severity: critical
-- Cost: C0
-- Parameter: seconds = 600, older than
-- Why: it keeps its locks and what vacuum would clean up for ever, also over a restart of the server.
-- Fix: ask whoever coordinates it, then COMMIT PREPARED or ROLLBACK PREPARED.
SELECT p.gid AS object,
       format('the transaction "%s" of %s is prepared since %s s', p.gid, p.owner,
              extract(epoch FROM clock_timestamp() - p.prepared)::bigint) AS message,
       p.owner, p.prepared, age(p.transaction) AS age,
       format('ROLLBACK PREPARED %L', p.gid) AS fix
  FROM pg_prepared_xacts p
 WHERE p.database = current_database() AND p.prepared < clock_timestamp() - make_interval(secs => {seconds})
 ORDER BY p.prepared
