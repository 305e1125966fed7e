--- hazard design-fk-index: a new table
CREATE TABLE app.fresh (id bigint PRIMARY KEY, r bigint REFERENCES app.ref (id));
--- hazard design-fk-index: an existing table
ALTER TABLE app.big ADD CONSTRAINT fk FOREIGN KEY (r_id) REFERENCES app.ref (id) NOT VALID;
--- hazard design-no-pk: no key
CREATE TABLE app.fresh (a int, b text);
--- hazard design-int-key: serial
CREATE TABLE app.fresh (id serial PRIMARY KEY);
--- hazard design-int-key: int in a table constraint
CREATE TABLE app.fresh (id int, PRIMARY KEY (id));
--- hazard design-fk-type catalog: narrower than the key
CREATE TABLE app.fresh (id bigint PRIMARY KEY, r int REFERENCES app.ref (id));
--- hazard design-timestamp: without a zone
CREATE TABLE app.fresh (id bigint PRIMARY KEY, at timestamp);
--- hazard design-char: padded
ALTER TABLE app.big ADD COLUMN z char(3);
--- hazard design-varchar on: a limit in the type
CREATE TABLE app.fresh (id bigint PRIMARY KEY, code varchar(10));
--- hazard design-json: kept as text
CREATE TABLE app.fresh (id bigint PRIMARY KEY, extra json);
--- hazard design-money: whose currency?
CREATE TABLE app.fresh (id bigint PRIMARY KEY, total money);
--- hazard design-serial: an identity is better
CREATE TABLE app.fresh (id bigserial PRIMARY KEY);
--- hazard design-float-money: sums are off
CREATE TABLE app.fresh (id bigint PRIMARY KEY, price double precision);
--- hazard design-wide-index: four columns
CREATE INDEX CONCURRENTLY i ON app.big (d, b, sm, f4);
--- hazard design-duplicate-index catalog: covered by another
CREATE INDEX CONCURRENTLY ser_one ON app.ser (ref_small);
--- hazard design-duplicate-index: twice in one file
CREATE TABLE app.fresh (id bigint PRIMARY KEY, a int, b int);
CREATE INDEX f1 ON app.fresh (a, b);
CREATE INDEX f2 ON app.fresh (a);
--- hazard design-unnamed on: made up by the server
ALTER TABLE app.big ADD CHECK (n > 0) NOT VALID;
--- hazard design-long-name: cut at 63 bytes
CREATE INDEX CONCURRENTLY an_index_whose_name_goes_on_and_on_for_more_than_sixty_three_bytes ON app.big (d);
--- hazard design-duplicate-column: refused
CREATE TABLE app.fresh (id bigint PRIMARY KEY, a int, a int);
--- hazard design-enum on: labels stay for ever
CREATE TYPE app.color AS ENUM ('red', 'green');
--- hazard design-on-delete on: nothing is said
CREATE TABLE app.fresh (id bigint PRIMARY KEY, r bigint REFERENCES app.ref (id));
--- hazard design-column-order on: padding
CREATE TABLE app.fresh (a boolean, id bigint PRIMARY KEY, b boolean, c bigint);
--- hazard design-analyze: after a backfill
UPDATE app.big SET n = 1;
--- hazard design-autovacuum-off: left off
ALTER TABLE app.big SET (autovacuum_enabled = false);

--- safe: good types, a key, an index for the foreign key
CREATE TABLE app.fresh (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    r bigint REFERENCES app.ref (id),
    at timestamptz NOT NULL DEFAULT now(),
    extra jsonb,
    price numeric(12, 2)
);
CREATE INDEX fresh_r ON app.fresh (r);
--- safe: the key serves the foreign key
CREATE TABLE app.fresh (r bigint REFERENCES app.ref (id), n int, PRIMARY KEY (r, n));
--- safe: the index of another order serves both columns
CREATE TABLE app.a (x bigint, y bigint, PRIMARY KEY (x, y));
CREATE TABLE app.b (id bigint PRIMARY KEY, x bigint, y bigint, FOREIGN KEY (x, y) REFERENCES app.a (x, y));
CREATE INDEX b_yx ON app.b (y, x);
--- safe: a temporary table needs no key
CREATE TEMP TABLE work (a int, b text);
--- safe: a key that follows
CREATE TABLE app.fresh (id bigint, note text);
ALTER TABLE app.fresh ADD PRIMARY KEY (id);
--- safe: autovacuum is off for a load
ALTER TABLE app.empty_t SET (autovacuum_enabled = false);
INSERT INTO app.empty_t VALUES (1, 'a');
ALTER TABLE app.empty_t RESET (autovacuum_enabled);
--- safe: a unique index beside a wider one
CREATE UNIQUE INDEX CONCURRENTLY ser_uq ON app.ser (id);
