-- fires:
--   public.t.id
--   public.t.order_uuid
CREATE TABLE t (id text PRIMARY KEY DEFAULT gen_random_uuid(), order_uuid varchar(36), n int);
-- silent:
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(36), code text DEFAULT 'none');
