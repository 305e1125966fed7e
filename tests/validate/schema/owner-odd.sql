-- fires:
--   public.by_hand
CREATE ROLE odd_owner;
CREATE TABLE a (id serial PRIMARY KEY);
CREATE TABLE b (id serial PRIMARY KEY);
CREATE TABLE by_hand (id serial PRIMARY KEY);
ALTER TABLE by_hand OWNER TO odd_owner;
CREATE VIEW v AS SELECT * FROM a;
-- cleanup
DROP ROLE odd_owner;
-- silent:
CREATE TABLE a (id serial PRIMARY KEY);
CREATE TABLE b (id serial PRIMARY KEY);
CREATE VIEW v AS SELECT * FROM a;
