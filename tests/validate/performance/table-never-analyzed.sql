-- fires:
--   public.t
CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT n FROM generate_series(1, 2000) n;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT n FROM generate_series(1, 2000) n;
ANALYZE t;
CREATE TABLE small (id int PRIMARY KEY);
INSERT INTO small VALUES (1);
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
