-- fires:
--   public.t
-- with: table-many-indexes.indexes=2
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX ON t (a);
CREATE INDEX ON t (b);
-- silent:
-- with: table-many-indexes.indexes=2
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX ON t (a);
