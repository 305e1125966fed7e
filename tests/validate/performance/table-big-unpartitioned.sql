-- fires:
--   public.t
-- with: table-big-unpartitioned.bytes=8192
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT generate_series(1, 1000);
ANALYZE t;
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10000);
INSERT INTO p SELECT generate_series(1, 1000);
ANALYZE p1;
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT generate_series(1, 1000);
ANALYZE t;
