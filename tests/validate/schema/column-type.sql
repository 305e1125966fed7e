-- fires:
--   public.t.at
--   public.t.cash
--   public.t.code
--   public.t.doc
--   public.t.total_price
CREATE TABLE t (id int PRIMARY KEY, at timestamp, cash money, code char(8), doc json, total_price float8);
-- silent:
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, cash numeric, flag char(1), doc jsonb, score float8, name varchar(20));
