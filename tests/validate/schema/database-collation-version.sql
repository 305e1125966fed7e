-- fires:
--   {database}
UPDATE pg_database SET datcollversion = '0.1' WHERE datname = current_database();
-- reason: the server refuses to refresh a version that the library doesn't have
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
