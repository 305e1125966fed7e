-- fires:
--   public.t_at_kind
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, kind int);
CREATE INDEX t_at_kind ON t (at, kind);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, kind int, day date);
CREATE INDEX ON t (kind, at);
CREATE INDEX ON t (at);
CREATE INDEX ON t (at, id);
CREATE INDEX ON t (day, kind);
