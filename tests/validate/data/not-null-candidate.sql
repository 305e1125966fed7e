-- fires:
--   public.t.status
CREATE TABLE t (id int PRIMARY KEY, status text, closed_at date, note text);
INSERT INTO t SELECT i, 'open', CASE WHEN i % 3 = 0 THEN current_date END, 'x' FROM generate_series(1, 2000) i;
ANALYZE t;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, status text NOT NULL, closed_at date, note text);
INSERT INTO t SELECT i, 'open', CASE WHEN i % 3 = 0 THEN current_date END, 'x' FROM generate_series(1, 2000) i;
ANALYZE t;
