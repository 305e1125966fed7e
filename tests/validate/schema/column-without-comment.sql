-- fires:
--   public.t
CREATE TABLE t (id int PRIMARY KEY, a text, b text);
COMMENT ON COLUMN t.id IS 'who';
COMMENT ON COLUMN t.a IS 'what';
-- silent:
CREATE TABLE t (id int PRIMARY KEY, a text, b text);
COMMENT ON COLUMN t.a IS 'what';
CREATE TABLE u (id int PRIMARY KEY, a text);
COMMENT ON COLUMN u.id IS 'who';
COMMENT ON COLUMN u.a IS 'what';
