--- hazard idx-create: a plain index
CREATE INDEX big_d_idx ON app.big (d);
--- hazard idx-create: a unique index
CREATE UNIQUE INDEX big_code_uq ON app.big (code);
--- hazard idx-create: an expression index
CREATE INDEX ON app.big (lower(t));
--- hazard idx-create: a partial index
CREATE INDEX big_active ON app.big (n) WHERE b;
--- hazard idx-create: IF NOT EXISTS of an index that is there still locks
CREATE INDEX IF NOT EXISTS big_t_idx ON app.big (t);
--- hazard idx-create: a partitioned parent locks every partition
CREATE INDEX pt_v_idx ON app.pt (v);
--- hazard idx-create: behind an unrelated new table
CREATE TABLE app.fresh (id bigint PRIMARY KEY);
CREATE INDEX child_q2 ON app.child (q);
--- hazard idx-create: inside a DO block
DO $$ BEGIN CREATE INDEX big_sm_idx ON app.big (sm); END $$;
--- hazard idx-create: in a constant text that a DO block executes
DO $$ BEGIN EXECUTE 'CREATE INDEX big_sm_idx ON app.big (sm)'; END $$;
--- hazard idx-drop: a plain drop
DROP INDEX app.big_t_idx;
--- hazard idx-drop: IF EXISTS
DROP INDEX IF EXISTS app.big_ct_idx;
--- hazard idx-drop: two at once
DROP INDEX app.big_t_idx, app.big_ct_idx;
--- hazard idx-reindex: a table
REINDEX TABLE app.big;
--- hazard idx-reindex: an index
REINDEX INDEX app.big_t_idx;
--- hazard idx-reindex: a schema
REINDEX SCHEMA app;
--- hazard idx-cic-partitioned catalog: the server refuses it
CREATE INDEX CONCURRENTLY pt_v_idx ON app.pt (v);
--- hazard idx-cic-in-tx: in a transaction of the file
BEGIN;
CREATE INDEX CONCURRENTLY big_d_idx ON app.big (d);
COMMIT;
--- hazard idx-cic-in-tx: a concurrent drop in a transaction
BEGIN;
DROP INDEX CONCURRENTLY app.big_t_idx;
COMMIT;
--- hazard idx-cic-in-tx: a concurrent rebuild in a transaction
BEGIN;
REINDEX INDEX CONCURRENTLY app.big_t_idx;
COMMIT;
--- hazard idx-cic-in-tx: a concurrent detach in a transaction
BEGIN;
ALTER TABLE app.pt DETACH PARTITION app.pt_2024 CONCURRENTLY;
COMMIT;
--- hazard idx-cic-in-tx transaction: in a transaction of the tool
CREATE INDEX CONCURRENTLY big_d_idx ON app.big (d);
--- hazard idx-cic-in-tx: VACUUM
BEGIN;
VACUUM app.big;
COMMIT;
--- hazard idx-cic-retry: an invalid index passes for a good one
CREATE INDEX CONCURRENTLY IF NOT EXISTS big_d_idx ON app.big (d);
--- hazard idx-cic-pair: two builds on one table
CREATE INDEX CONCURRENTLY big_d_idx ON app.big (d);
CREATE INDEX CONCURRENTLY big_sm_idx ON app.big (sm);

--- safe: a concurrent build
CREATE INDEX CONCURRENTLY big_d_idx ON app.big (d);
--- safe: a concurrent unique build
CREATE UNIQUE INDEX CONCURRENTLY big_code_uq ON app.big (code);
--- safe: a concurrent drop
DROP INDEX CONCURRENTLY app.big_t_idx;
--- safe: a concurrent rebuild
REINDEX INDEX CONCURRENTLY app.big_t_idx;
--- safe: a concurrent rebuild of a table
REINDEX TABLE CONCURRENTLY app.big;
--- safe: an index on the parent alone
CREATE INDEX pt_v_idx ON ONLY app.pt (v);
--- safe: an index on a table of the same file
CREATE TABLE app.fresh (id bigint PRIMARY KEY, at timestamptz);
CREATE INDEX fresh_at ON app.fresh (at);
--- safe: an index on a renamed table of the same file
CREATE TABLE app.fresh (id bigint PRIMARY KEY, at timestamptz);
ALTER TABLE app.fresh RENAME TO fresher;
CREATE INDEX fresher_at ON app.fresher (at);
--- safe: a name without a schema for a table of the same file
SET search_path = app;
CREATE TABLE app.fresh (id bigint PRIMARY KEY, at timestamptz);
CREATE INDEX fresh_at ON fresh (at);
--- safe: an index of a table of the same file is dropped again
CREATE TABLE app.fresh (id bigint PRIMARY KEY, at timestamptz);
CREATE INDEX fresh_at ON app.fresh (at);
DROP INDEX app.fresh_at;
--- safe: the name of an index
ALTER INDEX app.big_t_idx RENAME TO big_t_idx2;
--- safe: an index's options
ALTER INDEX app.big_t_idx SET (fillfactor = 80);
--- safe: drop first, then build
DROP INDEX CONCURRENTLY IF EXISTS app.big_d_idx;
CREATE INDEX CONCURRENTLY big_d_idx ON app.big (d);
