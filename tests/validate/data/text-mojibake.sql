-- fires:
--   public.person
CREATE TABLE person (id int PRIMARY KEY, name text);
INSERT INTO person VALUES (1, 'Müller'), (2, 'MÃ¼ller'), (3, 'Jos�');
-- silent:
CREATE TABLE person (id int PRIMARY KEY, name text);
INSERT INTO person VALUES (1, 'Müller'), (2, 'JOÃO'), (3, 'Âme, São Paulo, 10 €'), (4, 'â'), (5, 'Ünïcödé 日本');
