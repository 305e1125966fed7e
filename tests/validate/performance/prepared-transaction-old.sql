-- fires:
--   left over
-- with: prepared-transaction-old.seconds=0
CREATE TABLE t (id int PRIMARY KEY);
-- then
BEGIN;
INSERT INTO t VALUES (1);
PREPARE TRANSACTION 'left over';
-- reason: it has to be gone at the end, with the fix or without
-- at the end
ROLLBACK PREPARED 'left over';
-- silent:
-- with: prepared-transaction-old.seconds=0
CREATE TABLE t (id int PRIMARY KEY);
-- then
BEGIN;
INSERT INTO t VALUES (1);
PREPARE TRANSACTION 'done';
-- then
COMMIT PREPARED 'done';
