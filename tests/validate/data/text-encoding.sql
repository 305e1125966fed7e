-- fires:
--   public.person
-- database: ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'
CREATE TABLE person (id int PRIMARY KEY, name text);
SET client_encoding = 'SQL_ASCII';
INSERT INTO person VALUES (1, 'Anna'), (2, E'M\xfcller');
-- silent:
-- database: ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'
CREATE TABLE person (id int PRIMARY KEY, name text);
SET client_encoding = 'SQL_ASCII';
INSERT INTO person VALUES (1, 'Anna'), (2, E'M\xc3\xbcller'), (3, E'\xe2\x82\xac'), (4, NULL);
