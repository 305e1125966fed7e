-- fires:
--   forgetful (postgres)
-- with: session-idle-in-transaction.seconds=0
CREATE TABLE t (id int PRIMARY KEY);
-- hold
SET application_name = 'forgetful';
BEGIN;
INSERT INTO t VALUES (1);
-- silent:
-- with: session-idle-in-transaction.seconds=0
CREATE TABLE t (id int PRIMARY KEY);
-- hold
SET application_name = 'careful';
INSERT INTO t VALUES (1);
