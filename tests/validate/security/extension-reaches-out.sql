-- fires:
--   dblink
--   file_fdw
CREATE EXTENSION dblink;
CREATE EXTENSION file_fdw;
-- silent:
CREATE EXTENSION pg_trgm;
