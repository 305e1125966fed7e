--- hazard con-check: a CHECK that tests every row
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0);
--- hazard con-check: without a name
ALTER TABLE app.child ADD CHECK (q >= 0);
--- hazard con-check: on a partitioned table
ALTER TABLE app.pt ADD CONSTRAINT pck CHECK (id > 0);
--- hazard con-check: behind another action
ALTER TABLE app.big ADD COLUMN z int, ADD CONSTRAINT zck CHECK (n < 1000000);
--- hazard con-check: in a DO block, under a condition
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'ck') THEN
        ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0);
    END IF;
END $$;
--- hazard con-validate-same-tx: both in one file
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0) NOT VALID;
ALTER TABLE app.big VALIDATE CONSTRAINT ck;
--- hazard con-validate-same-tx: a foreign key
BEGIN;
ALTER TABLE app.child ADD CONSTRAINT fk2 FOREIGN KEY (ref_id) REFERENCES app.ref (id) NOT VALID;
ALTER TABLE app.child VALIDATE CONSTRAINT fk2;
COMMIT;
--- hazard con-fk: a foreign key that is checked at once
ALTER TABLE app.big ADD CONSTRAINT fk FOREIGN KEY (r_id) REFERENCES app.ref (id);
--- hazard con-fk: without a name, with an action
ALTER TABLE app.big ADD FOREIGN KEY (r_id) REFERENCES app.ref (id) ON DELETE CASCADE;
--- hazard con-fk: from a partitioned table
ALTER TABLE app.pt ADD CONSTRAINT pfk FOREIGN KEY (id) REFERENCES app.big (id);
--- hazard con-fk-lock: a new table
CREATE TABLE app.newfk (id bigint PRIMARY KEY, r bigint REFERENCES app.ref (id));
--- hazard con-fk-lock: a new table with a table constraint
CREATE TABLE app.newfk (id bigint PRIMARY KEY, r bigint, FOREIGN KEY (r) REFERENCES app.big (id));
--- hazard con-fk-lock: NOT VALID locks as well
ALTER TABLE app.big ADD CONSTRAINT fk FOREIGN KEY (r_id) REFERENCES app.ref (id) NOT VALID;
--- hazard con-fk-lock: a key added to a new table
CREATE TABLE app.nt (id int);
ALTER TABLE app.nt ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES app.p2 (n);
--- hazard con-fk-partitioned catalog: the usual advice fails
ALTER TABLE app.pt ADD CONSTRAINT pfk FOREIGN KEY (id) REFERENCES app.ref (id) NOT VALID;
--- hazard con-drop-fk: the other table is locked
ALTER TABLE app.child DROP CONSTRAINT child_ref_fk;
--- hazard con-drop-fk catalog: the name says nothing
--@ ALTER TABLE app.child RENAME CONSTRAINT child_ref_fk TO belongs;
ALTER TABLE app.child DROP CONSTRAINT belongs;
--- hazard con-drop-fk catalog: a table that references others
DROP TABLE app.child;
--- hazard con-drop-fk catalog: a referenced key
ALTER TABLE app.ref DROP CONSTRAINT ref_pkey CASCADE;
--- hazard con-unique: an index is built under the lock
ALTER TABLE app.big ADD CONSTRAINT uq UNIQUE (code);
--- hazard con-unique: NULLS NOT DISTINCT
ALTER TABLE app.big ADD CONSTRAINT u_both UNIQUE NULLS NOT DISTINCT (code);
--- hazard con-pk: an index is built under the lock
ALTER TABLE app.nopk ADD PRIMARY KEY (a);
--- hazard con-pk-using-nullable catalog: the column may be null
ALTER TABLE app.nopk ADD PRIMARY KEY USING INDEX nopk_a_uq;
--- hazard con-exclude: never online
ALTER TABLE app.big ADD CONSTRAINT ex EXCLUDE USING gist (n WITH =);
--- hazard con-inline: CHECK beside a new column
ALTER TABLE app.big ADD COLUMN z int CHECK (z > 0);
--- hazard con-inline: CHECK and a default
ALTER TABLE app.big ADD COLUMN z int DEFAULT 5 CHECK (z > 0);
--- hazard con-inline: UNIQUE beside a new column
ALTER TABLE app.big ADD COLUMN z int UNIQUE;
--- hazard con-inline: REFERENCES with a default
ALTER TABLE app.big ADD COLUMN z bigint DEFAULT 1 REFERENCES app.ref (id);

--- safe: NOT VALID
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0) NOT VALID;
--- safe: VALIDATE in a file of its own
ALTER TABLE app.big VALIDATE CONSTRAINT amt_nv;
--- safe: two transactions
BEGIN;
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE app.big VALIDATE CONSTRAINT ck;
COMMIT;
--- safe psql: each statement by itself
SET lock_timeout = '3s';
ALTER TABLE app.big ADD CONSTRAINT ck CHECK (id > 0) NOT VALID;
ALTER TABLE app.big VALIDATE CONSTRAINT IF EXISTS ck;
--- safe: UNIQUE with an index that is there
ALTER TABLE app.nopk ADD CONSTRAINT uq UNIQUE USING INDEX nopk_a_uq;
--- safe: PRIMARY KEY with an index over a column that is NOT NULL
ALTER TABLE app.nopk ADD PRIMARY KEY USING INDEX nopk_c_uq;
--- safe: every constraint on a table of the same file
CREATE TABLE app.fresh (id bigint, a int, b int);
ALTER TABLE app.fresh ADD PRIMARY KEY (id);
ALTER TABLE app.fresh ADD CONSTRAINT fresh_a_key UNIQUE (a);
ALTER TABLE app.fresh ADD CONSTRAINT fresh_b CHECK (b > 0);
ALTER TABLE app.fresh ALTER COLUMN b SET NOT NULL;
--- safe: a CHECK is dropped
ALTER TABLE app.big DROP CONSTRAINT n_pos;
--- safe: the name of a constraint
ALTER TABLE app.big RENAME CONSTRAINT n_pos TO n_positive;
--- safe: a foreign key is made deferrable
ALTER TABLE app.child ALTER CONSTRAINT child_ref_fk DEFERRABLE;
--- safe: a foreign key between two tables of the same file
CREATE TABLE app.a (id bigint PRIMARY KEY);
CREATE TABLE app.b (id bigint PRIMARY KEY, a_id bigint REFERENCES app.a (id));
CREATE INDEX b_a ON app.b (a_id);
--- safe: NOT VALID with an index beside it
CREATE INDEX CONCURRENTLY big_r_idx ON app.big (r_id);
ALTER TABLE app.big ADD CONSTRAINT fk FOREIGN KEY (r_id) REFERENCES app.ref (id) NOT VALID;
