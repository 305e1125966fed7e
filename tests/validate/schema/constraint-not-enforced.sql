-- fires:
--   public.child.child_parent
--   public.child.positive
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int,
                    CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent NOT ENFORCED,
                    CONSTRAINT positive CHECK (id > 0) NOT ENFORCED);
-- silent:
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY CHECK (id > 0), parent int REFERENCES parent);
