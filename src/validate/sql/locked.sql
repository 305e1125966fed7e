-- The runner, when a check waited for a lock: what is held so that nobody may even look at it.
SELECT l.relation AS oid, l.relation::pg_catalog.regclass::text AS name
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class c ON c.oid = l.relation
 WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
   AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i', 'I', 'S', 't')
 ORDER BY 2
