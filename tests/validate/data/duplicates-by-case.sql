-- fires:
--   public.person.email
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, name text);
INSERT INTO person VALUES (1, 'Ann@x.org', 'A'), (2, 'ann@x.org', 'a'), (3, 'bob@x.org', 'b');
-- before the fix
DELETE FROM person WHERE id = 2;
-- silent:
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, code text UNIQUE);
INSERT INTO person VALUES (1, 'ann@x.org', 'A'), (2, 'bob@x.org', 'a');
