--- hazard compat-rename-column: the old name is gone
ALTER TABLE app.big RENAME COLUMN xx TO xy;
--- hazard compat-rename-table: the old name is gone
ALTER TABLE app.big RENAME TO big2;
--- hazard compat-rename-table: of a view
ALTER VIEW app.vw RENAME TO vw3;
--- hazard compat-rename-schema: every name in it
ALTER SCHEMA app RENAME TO shop;
--- hazard compat-rename-enum: the old label is gone
ALTER TYPE app.mood RENAME VALUE 'ok' TO 'okay';
--- hazard compat-drop-not-null: readers may meet nulls
ALTER TABLE app.nopk ALTER COLUMN c DROP NOT NULL;
--- hazard compat-drop-view: readers fail
DROP VIEW app.vw;
--- hazard compat-drop-function: callers fail
DROP FUNCTION app.imm(int);
--- hazard compat-replace-view catalog: a column goes
CREATE OR REPLACE VIEW app.vw AS SELECT id FROM app.big;
--- hazard compat-replace-function catalog: another signature
CREATE OR REPLACE FUNCTION app.two(a int, b int, c int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1+$2+$3';
--- hazard compat-set-schema: moved away
ALTER TABLE app.big SET SCHEMA public;
--- hazard compat-default: dropped
ALTER TABLE app.idt ALTER COLUMN s DROP DEFAULT;

--- safe: a view of the old name
ALTER TABLE app.big RENAME TO big2;
CREATE VIEW app.big AS SELECT * FROM app.big2;
--- safe: a view that is made again
DROP VIEW app.vw;
CREATE VIEW app.vw AS SELECT id, v50, n FROM app.big;
--- safe: a view with a column more
CREATE OR REPLACE VIEW app.vw AS SELECT id, v50, n FROM app.big;
--- safe: a function with the same signature
CREATE OR REPLACE FUNCTION app.two(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1+$2+0';
--- safe: a new enum value
ALTER TYPE app.mood ADD VALUE 'angry';
--- safe: a first default
ALTER TABLE app.big ALTER COLUMN xx SET DEFAULT 'x';
