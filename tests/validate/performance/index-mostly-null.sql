-- fires:
--   public.t_note
CREATE TABLE t (id int PRIMARY KEY, note text, half int);
INSERT INTO t SELECT n, CASE WHEN n % 20 = 0 THEN n::text END, CASE WHEN n % 2 = 0 THEN n END
  FROM generate_series(1, 12000) n;
CREATE INDEX t_note ON t (note);
CREATE INDEX t_half ON t (half);
ANALYZE t;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, note text);
INSERT INTO t SELECT n, CASE WHEN n % 20 = 0 THEN n::text END FROM generate_series(1, 12000) n;
CREATE INDEX t_note ON t (note) WHERE note IS NOT NULL;
ANALYZE t;
