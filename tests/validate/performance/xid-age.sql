-- fires:
--   transaction ids
-- with: xid-age.percent=0
CREATE TABLE t (id int PRIMARY KEY);
-- silent:
CREATE TABLE t (id int PRIMARY KEY);
