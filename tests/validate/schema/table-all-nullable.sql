-- fires:
--   public.t
CREATE TABLE t (id int PRIMARY KEY, a text, b text, c int);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, a text, b text, c int NOT NULL);
CREATE TABLE small (id int PRIMARY KEY, a text);
