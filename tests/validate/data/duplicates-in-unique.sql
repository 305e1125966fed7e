-- fires:
--   public.t_email
CREATE TABLE t (id int PRIMARY KEY, email text);
INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, NULL), (4, NULL);
-- then, failing
CREATE UNIQUE INDEX CONCURRENTLY t_email ON t (email);
-- before the fix
DELETE FROM t WHERE id = 2;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, email text, n int);
INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1), (3, NULL, NULL), (4, NULL, 2);
CREATE UNIQUE INDEX t_email ON t (lower(email), n) WHERE id > 0;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_email'::regclass;
