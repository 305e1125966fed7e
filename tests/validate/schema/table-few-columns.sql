-- fires:
--   public.empty
--   public.one
CREATE TABLE empty ();
CREATE TABLE one (id int PRIMARY KEY);
-- silent:
CREATE TABLE color (name text PRIMARY KEY);
CREATE TABLE car (id int PRIMARY KEY, color text REFERENCES color);
