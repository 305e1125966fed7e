-- fires:
--   public.t
-- with: updates-not-hot.updates=100
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
INSERT INTO t SELECT n, n FROM generate_series(1, 1000) n;
-- then
UPDATE t SET a = a + 1;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
-- with: updates-not-hot.updates=100
CREATE TABLE t (id int PRIMARY KEY, a int) WITH (fillfactor = 40);
INSERT INTO t SELECT n, n FROM generate_series(1, 1000) n;
-- then
UPDATE t SET a = a + 1;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
