-- fires:
--   public.t.no_delete
CREATE TABLE t (id int PRIMARY KEY);
CREATE RULE no_delete AS ON DELETE TO t DO INSTEAD NOTHING;
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
CREATE VIEW v AS SELECT * FROM t;
