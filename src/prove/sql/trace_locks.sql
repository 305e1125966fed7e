-- Run by a trace: the table locks of a session. Those of another are looked at while it runs.
SELECT l.relation, l.mode, l.granted
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'relation'
  AND l.pid = $1::integer
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
