-- fires:
--   public.t_a
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int);
CREATE INDEX t_a ON t (a, b) WHERE a IS NOT NULL;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int);
CREATE INDEX ON t (b) WHERE b IS NOT NULL;
CREATE INDEX ON t (a) WHERE a > 5;
