-- fires:
--   public.t_email
CREATE TABLE t (id int PRIMARY KEY, email text);
INSERT INTO t VALUES (1, 'a'), (2, 'a');
-- then, failing
CREATE UNIQUE INDEX CONCURRENTLY t_email ON t (email);
-- before the fix
DELETE FROM t WHERE id = 2;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, email text);
INSERT INTO t VALUES (1, 'a'), (2, 'b');
-- then
CREATE UNIQUE INDEX CONCURRENTLY t_email ON t (email);
