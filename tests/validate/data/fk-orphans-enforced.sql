-- fires:
--   public.child.child_parent_fkey
--   public."Odd ""child"."odd key"
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
CREATE TABLE "Odd ""child" ("i d" int PRIMARY KEY, "the parent" int CONSTRAINT "odd key" REFERENCES parent);
INSERT INTO parent VALUES (1);
SET session_replication_role = replica;
INSERT INTO child VALUES (1, 1), (2, NULL), (3, 9);
INSERT INTO "Odd ""child" VALUES (1, 5);
-- silent:
CREATE EXTENSION citext;
CREATE TABLE parent (name citext PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent citext REFERENCES parent);
INSERT INTO parent VALUES ('Ann');
INSERT INTO child VALUES (1, 'ANN'), (2, NULL);
CREATE TABLE tree (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE tree_1 PARTITION OF tree FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE leaf (id int PRIMARY KEY, tree int, at date, FOREIGN KEY (tree, at) REFERENCES tree);
INSERT INTO tree VALUES (1, '2020-05-05');
INSERT INTO leaf VALUES (1, 1, '2020-05-05'), (2, 7, NULL);
