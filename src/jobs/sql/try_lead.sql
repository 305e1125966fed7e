-- $1 task. The lock is of this session and ends with it.
SELECT pg_try_advisory_lock(hashtextextended('drydock.' || $1::text, 0)) AS leads, pg_backend_pid() AS pid
