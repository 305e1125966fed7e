-- fires:
--   public.child.child_parent_fkey
--   public.child.child_two
CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, a int, b int,
                    CONSTRAINT child_two FOREIGN KEY (a, b) REFERENCES parent (a, b));
CREATE INDEX ON child (parent) WHERE parent > 5;
CREATE INDEX ON child (id, parent);
CREATE INDEX ON child (a);
-- silent:
CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, a int, b int,
                    CONSTRAINT child_two FOREIGN KEY (a, b) REFERENCES parent (a, b));
CREATE INDEX ON child (parent);
CREATE INDEX ON child (b, a, id);
