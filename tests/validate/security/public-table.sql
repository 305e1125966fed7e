-- fires:
--   public.t
--   public.v
CREATE TABLE t (id int PRIMARY KEY);
GRANT SELECT, DELETE ON t TO PUBLIC;
CREATE VIEW v AS SELECT * FROM t;
GRANT SELECT ON v TO PUBLIC;
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
GRANT SELECT ON t TO pg_monitor;
