-- Run by a trace on a session of its own: whether the traced one waits for a lock.
SELECT coalesce(pg_catalog.bool_or(a.wait_event_type = 'Lock'), false)
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid = $1::integer
