-- fires:
--   public.child
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (n int) INHERITS (parent);
-- silent:
CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parent FOR VALUES FROM (1) TO (2);
