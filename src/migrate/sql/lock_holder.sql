-- Run while another runner has the lock: who it is. $1 the key. At most one row.
SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), extract(epoch FROM clock_timestamp() - a.backend_start)::bigint
FROM pg_locks AS l
JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.classid::bigint << 32) | l.objid::bigint = $1::bigint
LIMIT 1
