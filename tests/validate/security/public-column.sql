-- fires:
--   public.t.id
CREATE TABLE t (id int PRIMARY KEY, secret text);
GRANT SELECT (id) ON t TO PUBLIC;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, secret text);
GRANT SELECT (id) ON t TO pg_monitor;
