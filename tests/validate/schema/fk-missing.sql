-- fires:
--   public.orders.customer_id
--   public.orders.category_id
--   public.orders.box_id
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE category (id bigint PRIMARY KEY);
CREATE TABLE boxes (id uuid PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, category_id bigint, box_id uuid);
-- silent:
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE category (id bigint PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, category_id text, stripe_id int);
