-- fires:
--   public.t.t_pkey
--   public.t.t_swap
CREATE TABLE t (id int PRIMARY KEY DEFERRABLE, place int, CONSTRAINT t_swap UNIQUE (place) DEFERRABLE INITIALLY DEFERRED);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, place int, CONSTRAINT t_swap UNIQUE (place));
CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t DEFERRABLE);
