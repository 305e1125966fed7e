-- fires:
--   public.t.n public.small.low
CREATE DOMAIN small AS int;
CREATE TABLE t (id int PRIMARY KEY, n small);
INSERT INTO t VALUES (1, 5), (2, 500), (3, NULL);
ALTER DOMAIN small ADD CONSTRAINT low CHECK (VALUE < 100) NOT VALID;
-- before the fix
DELETE FROM t WHERE n > 100;
-- silent:
CREATE DOMAIN small AS int CONSTRAINT named CHECK (VALUE < 1000);
CREATE TABLE t (id int PRIMARY KEY, n small);
INSERT INTO t VALUES (1, 5), (2, 500), (3, NULL);
