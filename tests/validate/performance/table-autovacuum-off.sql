-- fires:
--   public.t
--   public.long
CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
CREATE TABLE long (id int PRIMARY KEY, a text) WITH (toast.autovacuum_enabled = false);
-- silent:
CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = on, autovacuum_vacuum_scale_factor = 0.01);
