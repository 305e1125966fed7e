-- fires:
--   public.t
CREATE TABLE t (id int PRIMARY KEY, name varchar(30), code varchar(5), note text);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, name varchar, note text CHECK (length(note) < 100));
