-- fires:
--   public.norm(t text)
--   public.fine(n integer)
CREATE FUNCTION norm(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
CREATE FUNCTION fine(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n > 0; END';
CREATE TABLE t (id int PRIMARY KEY CHECK (fine(id)), a text);
CREATE INDEX ON t (norm(a));
-- silent:
CREATE FUNCTION norm(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog
    AS 'BEGIN RETURN lower(t); END';
CREATE FUNCTION elsewhere(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n > 0; END';
CREATE TABLE t (id int PRIMARY KEY, a text, b boolean DEFAULT elsewhere(1));
CREATE INDEX ON t (norm(a));
