-- fires:
--   public.old
CREATE COLLATION old (locale = 'C');
CREATE TABLE t (id int PRIMARY KEY, name text COLLATE old);
CREATE INDEX ON t (name);
UPDATE pg_collation SET collversion = '0.1' WHERE collname = 'old';
-- reason: the server refuses to refresh a version that the library doesn't have
-- silent:
CREATE COLLATION fresh (locale = 'C');
CREATE TABLE t (id int PRIMARY KEY, name text COLLATE fresh);
