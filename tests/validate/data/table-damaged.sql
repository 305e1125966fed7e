-- fires:
--   public.t
CREATE EXTENSION amcheck;
CREATE TABLE t (id int PRIMARY KEY, word text);
INSERT INTO t SELECT i, 'word ' || i FROM generate_series(1, 20) i;
-- then
UPDATE pg_class SET relfrozenxid = pg_current_xact_id()::xid WHERE relname = 't';
-- silent:
CREATE EXTENSION amcheck;
CREATE TABLE t (id int PRIMARY KEY, word text);
INSERT INTO t SELECT i, 'word ' || i FROM generate_series(1, 2000) i;
