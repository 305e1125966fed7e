-- fires:
--   public.t.positive
--   public.t.named
CREATE TABLE t (id int PRIMARY KEY, n int, name text);
INSERT INTO t VALUES (1, 1, 'a'), (2, -1, NULL), (3, NULL, 'b');
ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
ALTER TABLE t ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID;
-- before the fix
DELETE FROM t WHERE id = 2;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t VALUES (1, 1), (3, NULL);
ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
