-- fires:
--   pg_class(relowner)
CREATE TABLE t (id int PRIMARY KEY);
UPDATE pg_class SET relowner = 4000000000 WHERE relname = 't';
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
CREATE VIEW v AS SELECT * FROM t;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
