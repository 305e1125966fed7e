-- fires:
--   public.t
-- with: table-bloat.bytes=16384
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t SELECT n, n::text FROM generate_series(1, 20000) n;
DELETE FROM t WHERE id % 10 <> 0;
-- then
VACUUM ANALYZE t;
-- silent:
-- with: table-bloat.bytes=16384
CREATE TABLE t (id int PRIMARY KEY, a text, b numeric);
INSERT INTO t SELECT n, repeat('x', n % 50), CASE WHEN n % 3 = 0 THEN n END FROM generate_series(1, 20000) n;
CREATE TABLE loose (id int PRIMARY KEY, a text) WITH (fillfactor = 30);
INSERT INTO loose SELECT n, repeat('x', n % 50) FROM generate_series(1, 20000) n;
-- then
VACUUM ANALYZE;
