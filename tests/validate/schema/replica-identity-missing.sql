-- fires:
--   public.bare
CREATE TABLE bare (id int);
CREATE TABLE keyed (id int PRIMARY KEY);
CREATE PUBLICATION everything FOR ALL TABLES;
-- silent:
CREATE TABLE keyed (id int PRIMARY KEY);
CREATE TABLE whole (id int);
ALTER TABLE whole REPLICA IDENTITY FULL;
CREATE TABLE bare (id int);
CREATE PUBLICATION two FOR TABLE keyed, whole;
CREATE PUBLICATION inserts FOR TABLE bare WITH (publish = 'insert');
