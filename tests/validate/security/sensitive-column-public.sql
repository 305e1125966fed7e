-- fires:
--   public.people.api_key
CREATE TABLE people (id int PRIMARY KEY, name text, api_key text);
GRANT SELECT ON people TO PUBLIC;
-- silent:
CREATE TABLE people (id int PRIMARY KEY, name text, api_key text);
GRANT SELECT (id, name) ON people TO PUBLIC;
CREATE SCHEMA hidden;
CREATE TABLE hidden.people (id int PRIMARY KEY, api_key text);
GRANT SELECT ON hidden.people TO PUBLIC;
