-- fires:
--   public.child.parent -> public.parent.id
CREATE TABLE parent (id bigint PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
-- silent:
CREATE TABLE parent (id bigint PRIMARY KEY, code varchar(10) UNIQUE);
CREATE TABLE child (id int PRIMARY KEY, parent bigint REFERENCES parent, code varchar(20) REFERENCES parent (code));
