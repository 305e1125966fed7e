-- fires:
--   public.cache
CREATE UNLOGGED TABLE cache (id int PRIMARY KEY);
-- silent:
CREATE TABLE kept (id int PRIMARY KEY);
CREATE TEMP TABLE mine (id int PRIMARY KEY);
