-- fires:
--   temporary files
-- with: temporary-files.bytes=1000
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT n FROM generate_series(1, 50000) n ORDER BY md5(n::text) OFFSET 0) x;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
SELECT 1;
