-- fires:
--   public.t_a
--   public.t_b_c
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c text);
CREATE INDEX t_a ON t (a);
CREATE INDEX t_a_b ON t (a, b);
CREATE INDEX t_b_c ON t (b, c) WHERE a > 1;
CREATE UNIQUE INDEX t_b_c_id ON t (b, c, id) WHERE a > 1;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c text);
CREATE INDEX ON t (a DESC);
CREATE INDEX ON t (a, b);
CREATE UNIQUE INDEX ON t (b);
CREATE INDEX ON t (b, a);
CREATE INDEX ON t (c text_pattern_ops);
CREATE INDEX ON t (c, a);
CREATE INDEX ON t (c) WHERE a > 1;
CREATE INDEX ON t USING hash (a);
