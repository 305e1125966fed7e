-- fires:
--   public.t_flag
CREATE TABLE t (id int PRIMARY KEY, flag boolean, kind int, rare boolean);
INSERT INTO t SELECT n, n % 2 = 0, n % 5, n = 7 FROM generate_series(1, 12000) n;
CREATE INDEX t_flag ON t (flag);
CREATE INDEX t_kind ON t (kind);
CREATE INDEX t_rare ON t (rare);
ANALYZE t;
-- silent:
CREATE TABLE t (id int PRIMARY KEY, flag boolean);
INSERT INTO t SELECT n, n % 2 = 0 FROM generate_series(1, 12000) n;
CREATE INDEX t_flag ON t (flag) WHERE flag;
CREATE TABLE small (id int PRIMARY KEY, flag boolean);
INSERT INTO small SELECT n, n % 2 = 0 FROM generate_series(1, 100) n;
CREATE INDEX ON small (flag);
ANALYZE;
