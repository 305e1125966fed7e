-- fires:
--   public.t.at
CREATE TABLE t (id int PRIMARY KEY, at date);
INSERT INTO t SELECT i, date '2020-01-01' + i FROM generate_series(1, 200) i;
INSERT INTO t VALUES (0, '20023-01-01');
ANALYZE t;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, at date, until timestamptz);
INSERT INTO t SELECT i, date '2020-01-01' + i, 'infinity' FROM generate_series(1, 200) i;
ANALYZE t;
