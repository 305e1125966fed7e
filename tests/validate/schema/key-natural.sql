-- fires:
--   public.person
CREATE TABLE person (email text PRIMARY KEY);
CREATE TABLE visit (id int PRIMARY KEY, person text REFERENCES person);
-- silent:
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE country (code text PRIMARY KEY);
CREATE TABLE setting (name text PRIMARY KEY, value text);
CREATE TABLE visit (id int PRIMARY KEY, person int REFERENCES person, country text REFERENCES country);
