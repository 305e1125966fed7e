--- hazard sec-definer-path: the caller's search_path
CREATE FUNCTION app.f() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'select 1';
--- hazard sec-definer-path: turned on later
ALTER FUNCTION app.imm(int) SECURITY DEFINER;
--- hazard sec-grant-public: every role
GRANT SELECT, UPDATE ON app.big TO PUBLIC;
--- hazard sec-grant-all: more than was meant
GRANT ALL ON app.big TO postgres;
--- hazard sec-rls-no-policy: nobody sees a row
ALTER TABLE app.big ENABLE ROW LEVEL SECURITY;
--- hazard sec-policy-no-rls catalog: it is off
CREATE POLICY p2 ON app.big USING (true);
--- hazard sec-policy-no-rls: it is off for a new table
CREATE TABLE app.fresh (id bigint PRIMARY KEY);
CREATE POLICY p ON app.fresh USING (id > 0);
--- hazard sec-view-invoker catalog: past the policies
CREATE VIEW app.v_sec AS SELECT * FROM app.sec;
--- hazard sec-superuser: the server's configuration
ALTER SYSTEM SET work_mem = '4MB';
--- hazard sec-superuser: a file of the server
COPY app.mc FROM '/tmp/mc.csv';
--- hazard sec-extension-version: which one?
CREATE EXTENSION pg_trgm;

--- safe: with a search_path
CREATE FUNCTION app.f() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'select 1';
--- safe: the search_path follows
CREATE FUNCTION app.f() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'select 1';
ALTER FUNCTION app.f() SET search_path = pg_catalog, pg_temp;
--- safe: a policy follows
ALTER TABLE app.big ENABLE ROW LEVEL SECURITY;
CREATE POLICY p2 ON app.big USING (id > 0);
--- safe: row security follows
CREATE TABLE app.fresh (id bigint PRIMARY KEY);
CREATE POLICY p ON app.fresh USING (id > 0);
ALTER TABLE app.fresh ENABLE ROW LEVEL SECURITY;
--- safe: with the rights of whoever asks
CREATE VIEW app.v_sec WITH (security_invoker = true) AS SELECT * FROM app.sec;
--- safe: a right for a role
GRANT SELECT ON app.big TO postgres;
--- safe: a right is taken away
REVOKE ALL ON app.big FROM PUBLIC;
--- safe: row security of a table that has a policy
ALTER TABLE app.nopk ADD COLUMN z int;
