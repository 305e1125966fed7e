--- hazard data-drop-column: its values are gone
ALTER TABLE app.big DROP COLUMN xx;
--- hazard data-drop-column: with IF EXISTS, among others
ALTER TABLE app.big ADD COLUMN z int, DROP COLUMN IF EXISTS t;
--- hazard data-drop-table: its rows are gone
DROP TABLE app.mc;
--- hazard data-drop-schema: everything is gone
DROP SCHEMA app CASCADE;
--- hazard data-drop-database: everything is gone
DROP DATABASE IF EXISTS zz;
--- hazard data-drop-matview: what was computed is gone
DROP MATERIALIZED VIEW app.mv_plain;
--- hazard data-drop-sequence: its position is gone
DROP SEQUENCE app.sq;
--- hazard data-drop-cascade: columns of the type
DROP TYPE app.mood CASCADE;
--- hazard data-drop-cascade: columns of the extension's type
DROP EXTENSION citext CASCADE;
--- hazard data-drop-cascade: a table and its views
DROP TABLE app.big CASCADE;
--- hazard data-truncate: every row
TRUNCATE app.child;
--- hazard data-truncate-cascade: tables that are not named
TRUNCATE app.ref CASCADE;
--- hazard data-delete-all: every row
DELETE FROM app.child;
--- hazard data-delete-all: WHERE true
DELETE FROM app.child WHERE true;
--- hazard data-update-all: every row
UPDATE app.big SET n = n + 1;
--- hazard data-type-narrow: a shorter varchar
--@ DROP VIEW app.vw;
ALTER TABLE app.big ALTER COLUMN v50 TYPE varchar(20);
--- hazard data-type-narrow catalog: fewer digits
ALTER TABLE app.big ALTER COLUMN amt TYPE numeric(8, 2);
--- hazard data-set-unlogged: durability
ALTER TABLE app.att SET UNLOGGED;

--- safe: a table of the same file
CREATE TABLE app.fresh (id bigint PRIMARY KEY);
DROP TABLE app.fresh;
--- safe: some rows
DELETE FROM app.child WHERE id = 1;
--- safe: rows of a table of the same file
CREATE TABLE app.fresh (id bigint PRIMARY KEY, n int);
INSERT INTO app.fresh SELECT id, k FROM app.ref;
UPDATE app.fresh SET n = 1;
--- safe: an empty schema
DROP SCHEMA IF EXISTS app_old;
--- safe: rows by their key
UPDATE app.big SET n = 5 WHERE id = 1;
--- safe: an insert
INSERT INTO app.ref (id, k) VALUES (10001, 1);
