-- fires:
--   public.t.status
CREATE TABLE t (id int PRIMARY KEY, status text);
INSERT INTO t SELECT i, CASE WHEN i <> 77 THEN 'open' END FROM generate_series(1, 2000) i;
ANALYZE t;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, status text, closed text);
INSERT INTO t SELECT i, 'open', CASE WHEN i % 2 = 0 THEN 'x' END FROM generate_series(1, 2000) i;
ANALYZE t;
