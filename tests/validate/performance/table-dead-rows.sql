-- fires:
--   public.t
-- with: table-dead-rows.rows=1000
CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT n FROM generate_series(1, 10000) n;
DELETE FROM t WHERE id % 2 = 0;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
-- with: table-dead-rows.rows=1000
CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT n FROM generate_series(1, 10000) n;
DELETE FROM t WHERE id % 10 = 0;
CREATE TABLE patient (id int PRIMARY KEY) WITH (autovacuum_enabled = off, autovacuum_vacuum_threshold = 100000);
INSERT INTO patient SELECT n FROM generate_series(1, 10000) n;
DELETE FROM patient WHERE id % 2 = 0;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
