-- fires:
--   public.t.fits
CREATE FUNCTION fits(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n < 100';
CREATE TABLE t (id int PRIMARY KEY, n int CONSTRAINT fits CHECK (fits(n)));
INSERT INTO t VALUES (1, 5), (2, 50);
CREATE OR REPLACE FUNCTION fits(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n < 10';
-- silent:
CREATE FUNCTION fits(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n < 100';
CREATE TABLE t (id int PRIMARY KEY, n int CONSTRAINT fits CHECK (fits(n)) CHECK (n > 0));
INSERT INTO t VALUES (1, 5), (2, 50);
