-- fires:
--   public.t_a
-- with: index-rarely-used.days=0
-- with: index-rarely-used.writes=50
-- with: index-rarely-used.ratio=10
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
INSERT INTO t SELECT n, n FROM generate_series(1, 100) n;
-- then
SET enable_seqscan = off;
SELECT * FROM t WHERE a = 5;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
-- with: index-rarely-used.days=0
-- with: index-rarely-used.writes=50
-- with: index-rarely-used.ratio=1000
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
INSERT INTO t SELECT n, n FROM generate_series(1, 100) n;
-- then
SET enable_seqscan = off;
SELECT * FROM t WHERE a = 5;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
