-- fires:
--   shared buffers
-- with: cache-hit.percent=101
-- with: cache-hit.reads=1
CREATE TABLE t AS SELECT generate_series(1, 1000);
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
CREATE TABLE t AS SELECT generate_series(1, 1000);
