-- fires:
--   public.t
-- with: table-statistics-old.rows=1000
CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT n FROM generate_series(1, 2000) n;
ANALYZE t;
-- then
INSERT INTO t SELECT n FROM generate_series(2001, 4000) n;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
-- with: table-statistics-old.rows=1000
CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT n FROM generate_series(1, 20000) n;
-- then
ANALYZE t;
-- then
INSERT INTO t SELECT n FROM generate_series(20001, 22000) n;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
