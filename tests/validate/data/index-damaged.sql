-- fires:
--   public.t_word
CREATE EXTENSION amcheck;
CREATE FUNCTION word_order(text, text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT bttextcmp($1, $2) $$;
CREATE OPERATOR CLASS word_ops FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=,
    OPERATOR 5 >, FUNCTION 1 word_order(text, text);
CREATE TABLE t (id int PRIMARY KEY, word text);
INSERT INTO t SELECT i, 'word ' || i FROM generate_series(1, 2000) i;
CREATE INDEX t_word ON t (word word_ops);
CREATE OR REPLACE FUNCTION word_order(text, text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT bttextcmp($2, $1) $$;
-- silent:
CREATE EXTENSION amcheck;
CREATE TABLE t (id int PRIMARY KEY, word text);
INSERT INTO t SELECT i, 'word ' || i FROM generate_series(1, 2000) i;
CREATE INDEX t_word ON t (word);
CREATE UNLOGGED TABLE u (id int PRIMARY KEY);
