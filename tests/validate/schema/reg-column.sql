-- fires:
--   public.t.handler
CREATE TABLE t (id int PRIMARY KEY, handler regprocedure);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, relation regclass, type regtype, role regrole, handler text);
