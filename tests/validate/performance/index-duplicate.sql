-- fires:
--   public.t_again
--   public.t_a_2
--   public.t_lower_2
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE INDEX t_again ON t (id);
CREATE INDEX t_a_1 ON t (a);
CREATE INDEX t_a_2 ON t (a);
CREATE INDEX t_lower_1 ON t (lower(b)) WHERE a > 1;
CREATE INDEX t_lower_2 ON t (lower(b)) WHERE a > 1;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE INDEX ON t (a);
CREATE INDEX ON t (a DESC);
CREATE INDEX ON t (a, b);
CREATE INDEX ON t (a) WHERE a > 1;
CREATE INDEX ON t USING hash (a);
CREATE INDEX ON t (b);
CREATE INDEX ON t (b text_pattern_ops);
CREATE INDEX ON t (b COLLATE "C");
CREATE INDEX ON t (lower(b));
CREATE INDEX ON t (upper(b));
