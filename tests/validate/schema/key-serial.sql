-- fires:
--   public.t.id
CREATE TABLE t (id serial PRIMARY KEY, n int);
INSERT INTO t (n) VALUES (1), (2);
-- silent:
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int DEFAULT 5);
