-- fires:
--   public.f()
CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1';
-- silent:
CREATE ROLE modest_owner;
CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1';
ALTER FUNCTION f() OWNER TO modest_owner;
CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- cleanup
DROP ROLE modest_owner;
