-- fires:
--   public.t
-- with: table-bloat-exact.bytes=16384
CREATE EXTENSION pgstattuple;
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t SELECT n, n::text FROM generate_series(1, 20000) n;
DELETE FROM t WHERE id % 10 <> 0;
-- then
VACUUM ANALYZE t;
-- silent:
-- with: table-bloat-exact.bytes=16384
CREATE EXTENSION pgstattuple;
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t SELECT n, n::text FROM generate_series(1, 20000) n;
-- then
VACUUM ANALYZE t;
