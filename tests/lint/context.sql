--- hazard ctx-new-object: rows that were loaded
CREATE TABLE app.copy AS SELECT * FROM app.big;
CREATE INDEX copy_n ON app.copy (n);
--- hazard ctx-ineffective catalog: another table of that name
CREATE TABLE IF NOT EXISTS app.big (id int);
--- hazard ctx-ineffective catalog: another index of that name
CREATE INDEX CONCURRENTLY IF NOT EXISTS big_t_idx ON app.big (n);
--- hazard ctx-ineffective catalog: a column of another type
ALTER TABLE app.big ADD COLUMN IF NOT EXISTS n bigint;
--- hazard ctx-opaque: a text that is made at run time
DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN a int', current_setting('my.table')); END $$;
--- hazard ctx-opaque: a procedure
CALL app.does_something(1);
--- hazard ctx-refused catalog: a column that is not there
ALTER TABLE app.big DROP COLUMN nosuch;
--- hazard ctx-refused catalog: a name that is taken
ALTER TABLE app.big ADD COLUMN n int;
--- hazard ctx-refused catalog: a view needs it
ALTER TABLE app.big DROP COLUMN v50;
--- hazard ctx-search-path: a name under another path
SET search_path = app;
CREATE TABLE notes (id bigint PRIMARY KEY);
--- hazard ctx-version pg=13: DETACH CONCURRENTLY
ALTER TABLE app.pt DETACH PARTITION app.pt_2024 CONCURRENTLY;
--- hazard ctx-version pg=14: NULLS NOT DISTINCT
CREATE UNIQUE INDEX CONCURRENTLY u ON app.big (code) NULLS NOT DISTINCT;
--- hazard ctx-version pg=14: MERGE
MERGE INTO app.ref r USING app.child c ON r.id = c.id WHEN MATCHED THEN UPDATE SET k = 1;
--- hazard not-analysed: a command of psql
\set ON_ERROR_STOP on
SELECT 1;
--- hazard not-analysed: newer grammar
ALTER TABLE app.big ADD COLUMN z int GENERATED ALWAYS AS (n + 1) VIRTUAL;

--- safe: IF NOT EXISTS of what is not there
CREATE TABLE IF NOT EXISTS app.fresh (id bigint PRIMARY KEY, at timestamptz);
CREATE INDEX IF NOT EXISTS fresh_at ON app.fresh (at);
--- safe: a DO block that only asks
DO $$ BEGIN IF (SELECT count(*) FROM app.ref) > 1 THEN RAISE NOTICE 'many'; END IF; END $$;
--- safe: a DO block that makes a table and its index
DO $$ BEGIN
    CREATE TABLE app.fresh (id bigint PRIMARY KEY, at timestamptz);
    CREATE INDEX fresh_at ON app.fresh (at);
END $$;
--- safe: nothing to drop
DROP TABLE IF EXISTS app.nosuch;
CREATE TABLE app.nosuch (id bigint PRIMARY KEY);
