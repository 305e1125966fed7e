-- fires:
--   public.child.again
CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
CREATE TABLE child (id int PRIMARY KEY, parent int CONSTRAINT first REFERENCES parent,
                    CONSTRAINT again FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE);
-- silent:
CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
CREATE TABLE child (id int PRIMARY KEY, mother int REFERENCES parent, father int REFERENCES parent, a int, b int,
                    FOREIGN KEY (a, b) REFERENCES parent (a, b), FOREIGN KEY (b, a) REFERENCES parent (a, b));
