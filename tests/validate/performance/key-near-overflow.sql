-- fires:
--   public.t.id
--   public.s.id
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1), (1500000000);
CREATE TABLE s (id smallint PRIMARY KEY);
INSERT INTO s VALUES (20000);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, big bigint UNIQUE, plain int);
INSERT INTO t VALUES (1000, 5000000000, 2000000000);
CREATE TABLE empty (id int PRIMARY KEY);
