-- fires:
--   public.t_all
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int, d int, e int, f int);
CREATE INDEX t_all ON t (a, b, c, d, e, f);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int, d int, e int, f int);
CREATE INDEX ON t (a, b) INCLUDE (c, d, e, f);
CREATE INDEX ON t (a, b, c, d, e);
