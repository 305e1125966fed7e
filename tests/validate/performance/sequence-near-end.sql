-- fires:
--   public.t_id_seq
--   public.short
--   public.i_id_seq
CREATE TABLE t (id serial PRIMARY KEY);
SELECT setval('t_id_seq', 2000000000);
CREATE SEQUENCE short AS smallint;
SELECT setval('short', 20000);
CREATE TABLE i (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
SELECT setval('i_id_seq', 1900000000);
-- silent:
CREATE TABLE t (id bigserial PRIMARY KEY);
SELECT setval('t_id_seq', 2000000000);
CREATE SEQUENCE round AS smallint CYCLE;
SELECT setval('round', 32000);
CREATE SEQUENCE fresh AS smallint;
