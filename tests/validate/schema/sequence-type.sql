-- fires:
--   public.wide
--   public.narrow_id_seq
CREATE SEQUENCE wide;
CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('wide'));
ALTER SEQUENCE wide OWNED BY t.id;
CREATE TABLE narrow (id serial PRIMARY KEY);
ALTER TABLE narrow ALTER COLUMN id TYPE bigint;
-- silent:
CREATE TABLE t (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY);
CREATE TABLE u (id bigserial PRIMARY KEY, other serial);
