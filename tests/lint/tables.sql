--- hazard tbl-rewrite-misc: CLUSTER
CLUSTER app.big USING big_pkey;
--- hazard tbl-rewrite-misc: VACUUM FULL
VACUUM FULL app.child;
--- hazard tbl-rewrite-misc: VACUUM (FULL)
VACUUM (FULL, ANALYZE) app.child;
--- hazard tbl-rewrite-misc: SET LOGGED
ALTER TABLE app.unl SET LOGGED;
--- hazard tbl-rewrite-misc: SET UNLOGGED
ALTER TABLE app.att SET UNLOGGED;
--- hazard mv-refresh: reads wait
REFRESH MATERIALIZED VIEW app.mv;
--- hazard mv-refresh-unique catalog: no unique index
REFRESH MATERIALIZED VIEW CONCURRENTLY app.mv_plain;
--- hazard mv-create: computed in the migration
CREATE MATERIALIZED VIEW app.mv2 AS SELECT id FROM app.big;
--- hazard ctas: copied in the migration
CREATE TABLE app.copy AS SELECT * FROM app.big;
--- hazard trg-create: writes wait
CREATE TRIGGER t2 BEFORE INSERT ON app.big FOR EACH ROW EXECUTE FUNCTION app.trg();
--- hazard trg-enable: writes wait
ALTER TABLE app.big ENABLE TRIGGER trg1;
--- hazard trg-disable: writes wait
ALTER TABLE app.big DISABLE TRIGGER trg1;
--- hazard trg-drop: everybody waits
DROP TRIGGER trg1 ON app.big;
--- hazard trg-drop: a rename
ALTER TRIGGER trg1 ON app.big RENAME TO trg2;
--- hazard lock-explicit: ACCESS EXCLUSIVE without a word
LOCK TABLE app.big;
--- hazard lock-explicit: SHARE
LOCK TABLE app.big IN SHARE MODE;
--- hazard noop-lock catalog: the column is there
ALTER TABLE app.big ADD COLUMN IF NOT EXISTS n int;
--- hazard lock-brief on: an owner
ALTER TABLE app.big OWNER TO postgres;
--- hazard lock-brief on: a policy
CREATE POLICY p2 ON app.nopk USING (true);
--- hazard lock-brief on: a rule
CREATE RULE r2 AS ON INSERT TO app.nopk WHERE false DO ALSO NOTHING;

--- safe: a concurrent refresh
REFRESH MATERIALIZED VIEW CONCURRENTLY app.mv;
--- safe: VACUUM
VACUUM (ANALYZE) app.big;
--- safe: ANALYZE
ANALYZE app.big;
--- safe: options
ALTER TABLE app.big SET (fillfactor = 80);
--- safe: CLUSTER ON marks and no more
ALTER TABLE app.big CLUSTER ON big_t_idx;
--- safe: a comment
COMMENT ON TABLE app.big IS 'x';
--- safe: an empty materialized view
CREATE MATERIALIZED VIEW app.mv2 AS SELECT id FROM app.big WITH NO DATA;
--- safe: a view
CREATE VIEW app.vw2 AS SELECT id FROM app.big;
--- safe: extended statistics
CREATE STATISTICS app.st2 ON n, sm FROM app.big;
--- safe catalog: the tablespace that it is in
ALTER TABLE app.big SET TABLESPACE pg_default;
--- safe catalog: the access method that it has
ALTER TABLE app.big SET ACCESS METHOD heap;
--- safe: a sequence
ALTER SEQUENCE app.sq INCREMENT BY 5;
--- safe: LOCK in a weak mode
LOCK TABLE app.big IN ROW SHARE MODE;
--- safe: a function
CREATE OR REPLACE FUNCTION app.imm(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1+2';
