-- fires:
--   public.t_b_a
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX t_a_b ON t (a, b);
CREATE INDEX t_b_a ON t (b, a);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX ON t (a, b);
CREATE INDEX ON t (b);
CREATE INDEX ON t (b, id);
