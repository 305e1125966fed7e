-- fires:
--   public.t_pkey
-- with: index-bloat.bytes=1
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT n FROM generate_series(1, 20000) n;
DELETE FROM t WHERE id % 10 <> 0;
-- then
VACUUM ANALYZE t;
-- silent:
-- with: index-bloat.bytes=100000
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t SELECT n, n::text FROM generate_series(1, 20000) n;
CREATE INDEX ON t (a, id);
-- then
VACUUM ANALYZE t;
