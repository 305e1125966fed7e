-- fires:
--   public.loose(n integer)
CREATE FUNCTION loose(n int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN n; END';
-- silent:
CREATE FUNCTION tight(n int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'BEGIN RETURN n; END';
CREATE FUNCTION bound(n int) RETURNS int LANGUAGE sql SECURITY DEFINER RETURN n + 1;
CREATE FUNCTION invoker(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN n; END';
