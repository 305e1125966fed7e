-- fires:
--   public.part_1
CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parent FOR VALUES FROM (1) TO (2);
CREATE TABLE part_2 PARTITION OF parent FOR VALUES FROM (2) TO (3);
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'part_1'::regclass;
-- silent:
CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parent FOR VALUES FROM (1) TO (2);
