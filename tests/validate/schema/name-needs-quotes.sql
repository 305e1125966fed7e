-- fires:
--   public."Order"
--   public.t."user"
--   public.t."two words"
CREATE TABLE "Order" (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, "user" text, "two words" text);
-- silent:
CREATE TABLE orders (id int PRIMARY KEY, user_name text, "ok" int);
