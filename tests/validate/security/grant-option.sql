-- fires:
--   public.t to pg_monitor
CREATE TABLE t (id int PRIMARY KEY);
GRANT SELECT ON t TO pg_monitor WITH GRANT OPTION;
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
GRANT SELECT ON t TO pg_monitor;
