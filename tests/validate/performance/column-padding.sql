-- fires:
--   public.t
-- with: column-padding.bytes=1000
CREATE TABLE t (a boolean, b bigint, c boolean, d bigint);
INSERT INTO t SELECT true, n, false, n FROM generate_series(1, 1000) n;
ANALYZE t;
-- silent:
-- with: column-padding.bytes=1000
CREATE TABLE t (b bigint, d bigint, a boolean, c boolean);
INSERT INTO t SELECT n, n, true, false FROM generate_series(1, 1000) n;
CREATE TABLE text_first (a text, b boolean, c bigint, d boolean, e bigint);
INSERT INTO text_first SELECT 'x', true, n, true, n FROM generate_series(1, 1000) n;
ANALYZE;
