--- hazard repl-drop-pk: no identity
ALTER TABLE app.p2 DROP CONSTRAINT p2_pkey CASCADE;
--- hazard repl-identity: NOTHING
ALTER TABLE app.ref REPLICA IDENTITY NOTHING;
--- hazard repl-identity: FULL
ALTER TABLE app.big REPLICA IDENTITY FULL;
--- hazard repl-no-pk catalog: a table without a key
ALTER PUBLICATION pub1 ADD TABLE app.nopk;
--- hazard repl-column-list catalog: the list stays as it is
ALTER TABLE app.pub_cols ADD COLUMN c text;
--- hazard repl-sequence: positions stay behind
CREATE PUBLICATION p FOR TABLE app.ref;
--- hazard int-triggers-off: foreign keys as well
ALTER TABLE app.child DISABLE TRIGGER ALL;
--- hazard int-replica-role: foreign keys as well
SET session_replication_role = replica;
--- hazard int-not-valid: never validated
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0) NOT VALID;
--- hazard int-not-enforced: never tested
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0) NOT ENFORCED;
--- hazard int-volatile-check: the time
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (tz < now()) NOT VALID;
--- hazard int-volatile-check: in a new table
CREATE TABLE app.fresh (id bigint PRIMARY KEY, at date CHECK (at <= CURRENT_DATE));
--- hazard probe-unique: duplicates
CREATE UNIQUE INDEX CONCURRENTLY big_t_uq ON app.big (t);
--- hazard probe-notnull: nulls
ALTER TABLE app.big ALTER COLUMN t SET NOT NULL;
--- hazard probe-check: rows that break it
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (n < 100);
--- hazard probe-fk: rows without a partner
ALTER TABLE app.big ADD CONSTRAINT fk FOREIGN KEY (r_id) REFERENCES app.ref (id);
--- hazard probe-cast catalog: values that don't fit
ALTER TABLE app.big ALTER COLUMN nul TYPE smallint;

--- safe: a key in place of the other
ALTER TABLE app.nopk REPLICA IDENTITY USING INDEX nopk_c_uq;
--- safe: a published table with a key
CREATE PUBLICATION p FOR TABLE app.ref;
--- safe: triggers of one's own
ALTER TABLE app.big DISABLE TRIGGER USER;
--- safe: a CHECK on the row alone
CREATE TABLE app.fresh (id bigint PRIMARY KEY, n int CHECK (n > 0));
