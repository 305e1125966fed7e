-- fires:
--   public.child.narrow
CREATE TABLE parent (id int PRIMARY KEY, tenant int, UNIQUE (tenant, id));
CREATE TABLE child (id int PRIMARY KEY, tenant int, parent int CONSTRAINT narrow REFERENCES parent,
                    CONSTRAINT wide FOREIGN KEY (tenant, parent) REFERENCES parent (tenant, id));
-- silent:
CREATE TABLE parent (id int PRIMARY KEY, tenant int, UNIQUE (tenant, id));
CREATE TABLE tenant (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, tenant int REFERENCES tenant, parent int,
                    CONSTRAINT wide FOREIGN KEY (tenant, parent) REFERENCES parent (tenant, id));
