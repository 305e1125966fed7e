-- fires:
--   public.child.child_parent
--   public.child.positive
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int);
ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID;
ALTER TABLE child ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
-- silent:
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY CHECK (id > 0), parent int REFERENCES parent);
ALTER TABLE child ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
ALTER TABLE child VALIDATE CONSTRAINT positive;
