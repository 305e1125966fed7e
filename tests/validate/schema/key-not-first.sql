-- fires:
--   public.t
CREATE TABLE t (note text, id int PRIMARY KEY);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, note text);
CREATE TABLE link (a int, note text, b int, PRIMARY KEY (b, a));
CREATE TABLE dropped (note text, id int PRIMARY KEY);
ALTER TABLE dropped DROP COLUMN note;
