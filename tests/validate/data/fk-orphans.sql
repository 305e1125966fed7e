-- fires:
--   public.child.child_parent
--   public.off.off_parent_fkey
--   public.pair.pair_full
CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
INSERT INTO parent VALUES (1, 1, 1);
CREATE TABLE child (id int PRIMARY KEY, parent int);
INSERT INTO child VALUES (1, 1), (2, NULL), (3, 7);
ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID;
CREATE TABLE off (id int PRIMARY KEY, parent int REFERENCES parent);
ALTER TABLE off DISABLE TRIGGER ALL;
INSERT INTO off VALUES (1, 8);
CREATE TABLE pair (id int PRIMARY KEY, a int, b int);
INSERT INTO pair VALUES (1, 1, NULL);
ALTER TABLE pair ADD CONSTRAINT pair_full FOREIGN KEY (a, b) REFERENCES parent (a, b) MATCH FULL NOT VALID;
-- silent:
CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
INSERT INTO parent VALUES (1, 1, 1);
CREATE TABLE child (id int PRIMARY KEY, parent int);
INSERT INTO child VALUES (1, 1), (2, NULL);
ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID;
CREATE TABLE pair (id int PRIMARY KEY, a int, b int);
INSERT INTO pair VALUES (1, 1, NULL), (2, 1, 1);
ALTER TABLE pair ADD CONSTRAINT pair_simple FOREIGN KEY (a, b) REFERENCES parent (a, b) NOT VALID;
