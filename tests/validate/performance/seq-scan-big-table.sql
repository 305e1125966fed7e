-- fires:
--   public.t
-- with: seq-scan-big-table.scans=3
-- with: seq-scan-big-table.rows=1000
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT n, n FROM generate_series(1, 5000) n;
-- then
SELECT count(*) FROM t WHERE a = 1;
SELECT count(*) FROM t WHERE a = 2;
SELECT count(*) FROM t WHERE a = 3;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
-- with: seq-scan-big-table.scans=3
-- with: seq-scan-big-table.rows=1000
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT n, n FROM generate_series(1, 500) n;
-- then
SELECT count(*) FROM t WHERE a = 1;
SELECT count(*) FROM t WHERE a = 2;
SELECT count(*) FROM t WHERE a = 3;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
