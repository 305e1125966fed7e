-- Run by `migrate plan`: CREATE INDEX CONCURRENTLY and its like wait for transactions that are older. Of others' sessions
-- a role without pg_monitor sees nothing: then it is NULL.
SELECT extract(epoch FROM max(clock_timestamp() - xact_start))::float8 AS seconds
FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
