-- fires:
--   public.t
-- with: table-frozen-age.percent=0
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
