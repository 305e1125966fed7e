-- fires:
--   public.t_a
-- with: index-unused.days=0
-- with: index-unused.bytes=0
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a int, b int UNIQUE, p int REFERENCES p);
CREATE INDEX t_a ON t (a);
CREATE INDEX t_p ON t (p);
-- silent:
-- with: index-unused.days=0
-- with: index-unused.bytes=0
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX t_a ON t (a);
INSERT INTO t SELECT n, n FROM generate_series(1, 100) n;
-- then
SET enable_seqscan = off;
SELECT * FROM t WHERE a = 5;
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
