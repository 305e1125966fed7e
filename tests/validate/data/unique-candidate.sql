-- fires:
--   public.product.sku
CREATE TABLE product (id int PRIMARY KEY, sku text, name text);
INSERT INTO product SELECT i, 'sku ' || i, 'name ' || i FROM generate_series(1, 500) i;
ANALYZE product;
-- silent:
CREATE TABLE product (id int PRIMARY KEY, sku text UNIQUE, code text, name text);
INSERT INTO product SELECT i, 'sku ' || i, 'code ' || i % 7, 'name ' || i FROM generate_series(1, 500) i;
ANALYZE product;
