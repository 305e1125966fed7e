-- fires:
--   public.product.sku
CREATE TABLE product (id int PRIMARY KEY, sku text, name text);
INSERT INTO product SELECT i, 'sku ' || i, 'name' FROM generate_series(1, 500) i;
INSERT INTO product VALUES (501, 'sku 7', 'name');
ANALYZE product;
-- before the fix
DELETE FROM product WHERE id = 501;
-- silent:
CREATE TABLE product (id int PRIMARY KEY, sku text, code text, name text UNIQUE);
INSERT INTO product SELECT i, 'sku ' || i, 'code ' || i % 7, 'name ' || i FROM generate_series(1, 500) i;
ANALYZE product;
