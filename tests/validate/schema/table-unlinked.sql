-- fires:
--   public.alone
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES a);
CREATE TABLE alone (id int PRIMARY KEY);
-- silent:
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE SCHEMA flat;
CREATE TABLE flat.alone (id int PRIMARY KEY);
