-- fires:
--   pg_trgm
CREATE EXTENSION pg_trgm;
-- silent:
CREATE SCHEMA extensions;
CREATE EXTENSION pg_trgm SCHEMA extensions;
