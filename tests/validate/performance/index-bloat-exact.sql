-- fires:
--   public.t_pkey
-- with: index-bloat-exact.bytes=16384
CREATE EXTENSION pgstattuple;
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT n FROM generate_series(1, 20000) n;
DELETE FROM t WHERE id % 10 <> 0;
-- then
VACUUM ANALYZE t;
-- silent:
-- with: index-bloat-exact.bytes=16384
CREATE SCHEMA tools;
CREATE EXTENSION pgstattuple SCHEMA tools;
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT n FROM generate_series(1, 20000) n;
-- then
VACUUM ANALYZE t;
