-- fires:
--   large objects
CREATE TABLE file (id int PRIMARY KEY, body oid);
INSERT INTO file VALUES (1, lo_create(0)), (2, lo_create(0));
DELETE FROM file WHERE id = 1;
-- silent:
CREATE TABLE file (id int PRIMARY KEY, body oid);
INSERT INTO file VALUES (1, lo_create(0)), (2, NULL);
