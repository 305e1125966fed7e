-- fires:
--   public.t.status
CREATE TABLE t (id int PRIMARY KEY, status text);
INSERT INTO t SELECT i, (ARRAY['open', 'Open', 'closed', 'closed '])[1 + i % 4] FROM generate_series(1, 400) i;
ANALYZE t;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, status text, name text);
INSERT INTO t SELECT i, (ARRAY['open', 'shut'])[1 + i % 2], 'n' || i FROM generate_series(1, 400) i;
ANALYZE t;
