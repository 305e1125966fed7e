-- fires:
--   pg_trgm
CREATE EXTENSION pg_trgm VERSION '1.3';
-- silent:
CREATE EXTENSION pg_trgm;
