-- fires:
--   public.t.again
CREATE TABLE t (id int PRIMARY KEY, n int, CONSTRAINT first CHECK (n > 0));
ALTER TABLE t ADD CONSTRAINT again CHECK (n > 0);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, n int, m int, CHECK (n > 0), CHECK (m > 0), CHECK (n > 1));
