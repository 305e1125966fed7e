-- fires:
--   public.folder.folder_parent_fkey
--   public.self.self_parent_fkey
CREATE TABLE folder (id int PRIMARY KEY, parent int REFERENCES folder);
INSERT INTO folder VALUES (1, NULL), (2, 1), (3, 2), (4, NULL), (5, 4), (6, 5);
UPDATE folder SET parent = 6 WHERE id = 4;
CREATE TABLE self (id int PRIMARY KEY, parent int REFERENCES self);
INSERT INTO self VALUES (1, 1);
-- silent:
CREATE TABLE folder (id int PRIMARY KEY, parent int REFERENCES folder);
INSERT INTO folder VALUES (1, NULL), (2, 1), (3, 2), (4, 2), (5, 4), (6, 5);
