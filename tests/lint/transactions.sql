--- hazard tx-lock-timeout psql: none is set
ALTER TABLE app.big ADD COLUMN z int;
--- hazard tx-lock-timeout: it is turned off
SET lock_timeout = 0;
ALTER TABLE app.big ADD COLUMN z int;
--- hazard tx-lock-timeout: it is turned off, as a text
SET lock_timeout = '0s';
DROP TABLE app.mc;
--- hazard tx-lock-timeout psql: SET LOCAL outside a transaction
SET LOCAL lock_timeout = '2s';
ALTER TABLE app.big ADD COLUMN z int;
--- hazard tx-lock-timeout psql: set too late
ALTER TABLE app.big ADD COLUMN z int;
SET lock_timeout = '2s';
--- hazard tx-lock-timeout: RESET
RESET lock_timeout;
ALTER TABLE app.big ADD COLUMN z int;
--- hazard tx-statement-timeout psql: a long scan
SET lock_timeout = '2s';
ALTER TABLE app.big ALTER COLUMN t SET NOT NULL;
--- hazard tx-hold: a backfill behind DDL
ALTER TABLE app.big ADD COLUMN z int;
UPDATE app.big SET z = 1;
--- hazard tx-hold: an index behind DDL
ALTER TABLE app.big ADD COLUMN z int;
CREATE INDEX big_z ON app.big (z);
--- hazard tx-hold: another table is read meanwhile
ALTER TABLE app.big ADD COLUMN z int;
ALTER TABLE app.child ADD CONSTRAINT ck CHECK (q > 0);
--- hazard tx-many-tables: two tables
ALTER TABLE app.big ADD COLUMN z int;
ALTER TABLE app.child ADD COLUMN z int;
--- hazard tx-order: the other way round in an earlier file
--@ ALTER TABLE app.big ADD COLUMN y int; ALTER TABLE app.child ADD COLUMN y int;
ALTER TABLE app.child ADD COLUMN z int;
ALTER TABLE app.big ADD COLUMN z int;
--- hazard tx-merge-alters: two rewrites
ALTER TABLE app.big ALTER COLUMN gen_src TYPE bigint;
ALTER TABLE app.big ALTER COLUMN sm TYPE int;
--- hazard tx-enum-use: in a transaction of the file
BEGIN;
ALTER TYPE app.mood ADD VALUE 'angry';
UPDATE app.big SET en = 'angry' WHERE id = 1;
COMMIT;
--- hazard tx-enum-use transaction: in that of the tool
ALTER TYPE app.mood ADD VALUE 'angry';
ALTER TABLE app.big ADD COLUMN m2 app.mood DEFAULT 'angry';
--- hazard tx-open: no COMMIT
BEGIN;
ALTER TABLE app.big ADD COLUMN z int;
--- hazard tx-nesting: two BEGINs
BEGIN;
BEGIN;
ALTER TABLE app.big ADD COLUMN z int;
COMMIT;
--- hazard tx-inside-tool-tx: a COMMIT alone
ALTER TABLE app.big ADD COLUMN z int;
COMMIT;
--- hazard tx-missing-wrapper psql: two changes
SET lock_timeout = '2s';
ALTER TABLE app.big ADD COLUMN z int;
ALTER TABLE app.big ADD COLUMN y int;
--- hazard tx-mixed: with a concurrent build
ALTER TABLE app.big ADD COLUMN z int;
CREATE INDEX CONCURRENTLY big_z ON app.big (z);

--- safe: a transaction of the file
BEGIN;
ALTER TABLE app.big ADD COLUMN z int;
COMMIT;
--- safe psql: with a lock_timeout
SET lock_timeout = '2s';
ALTER TABLE app.big ADD COLUMN z int;
--- safe psql: with a local one
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE app.big ADD COLUMN z int;
COMMIT;
--- safe: drydock ends the transaction behind the new value
ALTER TYPE app.mood ADD VALUE 'angry';
INSERT INTO app.ref (id, name) VALUES (1000, 'angry');
--- safe: a savepoint
ALTER TABLE app.big ADD COLUMN z int;
SAVEPOINT a;
ALTER TABLE app.big ADD COLUMN y int;
ROLLBACK TO SAVEPOINT a;
--- safe: new tables and their rows
CREATE TABLE app.fresh (id bigint PRIMARY KEY, note text);
INSERT INTO app.fresh VALUES (1, 'a'), (2, 'b');
CREATE INDEX fresh_note ON app.fresh (note);
--- safe: the safe road, a transaction a step
BEGIN;
ALTER TABLE app.big ADD CONSTRAINT t_there CHECK (t IS NOT NULL) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE app.big VALIDATE CONSTRAINT t_there;
COMMIT;
BEGIN;
ALTER TABLE app.big ALTER COLUMN t SET NOT NULL;
ALTER TABLE app.big DROP CONSTRAINT t_there;
COMMIT;
