--- hazard col-add-volatile: a random UUID
ALTER TABLE app.big ADD COLUMN z uuid DEFAULT gen_random_uuid();
--- hazard col-add-volatile: random()
ALTER TABLE app.big ADD COLUMN z float8 DEFAULT random();
--- hazard col-add-volatile: the clock
ALTER TABLE app.big ADD COLUMN z timestamptz DEFAULT clock_timestamp();
--- hazard col-add-volatile: a sequence by hand
ALTER TABLE app.big ADD COLUMN z bigint DEFAULT nextval('app.sq');
--- hazard col-add-volatile: deep in the expression
ALTER TABLE app.big ADD COLUMN z text DEFAULT upper('x' || md5(random()::text));
--- hazard col-add-volatile catalog: a volatile function of one's own
ALTER TABLE app.big ADD COLUMN z int DEFAULT app.vol(1);
--- hazard col-add-volatile: a volatile function of the same file
CREATE FUNCTION app.dice() RETURNS int LANGUAGE sql VOLATILE AS 'select 4';
ALTER TABLE app.big ADD COLUMN z int DEFAULT app.dice();
--- hazard col-add-volatile: on a partitioned table
ALTER TABLE app.pt ADD COLUMN z uuid DEFAULT gen_random_uuid();
--- hazard col-add-volatile: with NOT NULL
ALTER TABLE app.big ADD COLUMN z uuid NOT NULL DEFAULT gen_random_uuid();
--- hazard col-add-volatile: built by format() from constants
DO $$ BEGIN EXECUTE 'alter table app.big ' || 'add column z int default random()'; END $$;
--- hazard col-add-serial: serial
ALTER TABLE app.big ADD COLUMN z serial;
--- hazard col-add-serial: bigserial
ALTER TABLE app.big ADD COLUMN z bigserial;
--- hazard col-add-serial: identity
ALTER TABLE app.big ADD COLUMN z int GENERATED ALWAYS AS IDENTITY;
--- hazard col-add-stored: computed
ALTER TABLE app.big ADD COLUMN z int GENERATED ALWAYS AS (n + 1) STORED;
--- hazard col-add-domain catalog: a domain with a CHECK
ALTER TABLE app.big ADD COLUMN z app.posint_c;
--- hazard col-add-domain catalog: and with a default
ALTER TABLE app.big ADD COLUMN z app.posint_c DEFAULT 5;
--- hazard col-add-domain: a domain of the same file
CREATE DOMAIN app.email AS text CHECK (value LIKE '%@%');
ALTER TABLE app.big ADD COLUMN z app.email;
--- hazard col-add-required: fails on the first row
ALTER TABLE app.big ADD COLUMN z int NOT NULL;
--- hazard col-notnull: every row is read
ALTER TABLE app.big ALTER COLUMN t SET NOT NULL;
--- hazard col-notnull: a CHECK that is NOT VALID proves nothing
ALTER TABLE app.big ALTER COLUMN nul SET NOT NULL;
--- hazard col-notnull: on a partitioned table
ALTER TABLE app.pt ALTER COLUMN v SET NOT NULL;
--- hazard col-notnull catalog: a CHECK on something else
ALTER TABLE app.cka ALTER COLUMN c SET NOT NULL;
--- hazard col-notnull-proof catalog: OR proves nothing
ALTER TABLE app.cka ALTER COLUMN d SET NOT NULL;
--- hazard col-notnull-proof: dropped by the same command
--@ ALTER TABLE app.big VALIDATE CONSTRAINT nul_nn_nv;
ALTER TABLE app.big ALTER COLUMN nul SET NOT NULL, DROP CONSTRAINT nul_nn_nv;
--- hazard col-type: int to bigint
ALTER TABLE app.big ALTER COLUMN gen_src TYPE bigint;
--- hazard col-type: smallint to int
ALTER TABLE app.big ALTER COLUMN sm TYPE int;
--- hazard col-type: int to smallint
ALTER TABLE app.big ALTER COLUMN nul TYPE smallint;
--- hazard col-type catalog: int to numeric
ALTER TABLE app.big ALTER COLUMN gen_src TYPE numeric;
--- hazard col-type catalog: int to text
ALTER TABLE app.big ALTER COLUMN gen_src TYPE text;
--- hazard col-type catalog: text to varchar(n)
ALTER TABLE app.big ALTER COLUMN t TYPE varchar(200);
--- hazard col-type catalog: varchar to varchar(n)
ALTER TABLE app.big ALTER COLUMN vnolen TYPE varchar(100);
--- hazard col-type: char(5) to char(10)
ALTER TABLE app.big ALTER COLUMN c5 TYPE char(10);
--- hazard col-type catalog: char to text
ALTER TABLE app.big ALTER COLUMN c5 TYPE text;
--- hazard col-type catalog: another scale
ALTER TABLE app.big ALTER COLUMN amt TYPE numeric(12, 3);
--- hazard col-type catalog: numeric to numeric(p,s)
ALTER TABLE app.big ALTER COLUMN amtu TYPE numeric(20, 2);
--- hazard col-type catalog: a coarser timestamp
ALTER TABLE app.big ALTER COLUMN ts TYPE timestamp(3);
--- hazard col-type catalog: date to timestamp
ALTER TABLE app.big ALTER COLUMN d TYPE timestamp;
--- hazard col-type catalog: a coarser interval
ALTER TABLE app.big ALTER COLUMN iv TYPE interval(3);
--- hazard col-type catalog: a coarser time
ALTER TABLE app.big ALTER COLUMN tm TYPE time(3);
--- hazard col-type catalog: inet to cidr
ALTER TABLE app.big ALTER COLUMN inn TYPE cidr;
--- hazard col-type: json to jsonb
ALTER TABLE app.big ALTER COLUMN j TYPE jsonb;
--- hazard col-type: jsonb to json
ALTER TABLE app.big ALTER COLUMN jb TYPE json;
--- hazard col-type catalog: uuid to text
ALTER TABLE app.big ALTER COLUMN u TYPE text;
--- hazard col-type catalog: enum to text
ALTER TABLE app.big ALTER COLUMN en TYPE text;
--- hazard col-type: real to double precision
ALTER TABLE app.big ALTER COLUMN f4 TYPE float8;
--- hazard col-type: any USING
ALTER TABLE app.big ALTER COLUMN by TYPE text USING encode(by, 'hex');
--- hazard col-type: an array
ALTER TABLE app.big ALTER COLUMN arr TYPE bigint[];
--- hazard col-type: boolean to int
ALTER TABLE app.big ALTER COLUMN b TYPE int USING b::int;
--- hazard col-type: USING that keeps the type
ALTER TABLE app.big ALTER COLUMN xx TYPE text USING trim(xx);
--- hazard col-type catalog: int to a domain with a CHECK
ALTER TABLE app.big ALTER COLUMN gen_src TYPE app.posint_c;
--- hazard col-type: on a partitioned table
ALTER TABLE app.pt ALTER COLUMN id TYPE bigint;
--- hazard col-type: two columns in one command
ALTER TABLE app.big ALTER COLUMN gen_src TYPE bigint, ALTER COLUMN sm TYPE int;
--- hazard col-type-index catalog: an index of another operator class
ALTER TABLE app.big ALTER COLUMN t TYPE citext;
--- hazard col-type-index catalog: citext back to text
ALTER TABLE app.big ALTER COLUMN ct TYPE text;
--- hazard col-type-index catalog: another collation, with an index
ALTER TABLE app.big ALTER COLUMN t TYPE text COLLATE "C";
--- hazard col-type-index catalog: an expression index and a partial one
--@ DROP VIEW app.vw;
ALTER TABLE app.big ALTER COLUMN v50 TYPE varchar(100);
--- hazard col-type-check catalog: a validated CHECK is tested again
ALTER TABLE app.big ALTER COLUMN vnolen TYPE text;
--- hazard col-type-fk catalog: the referenced side
ALTER TABLE app.p2 ALTER COLUMN code TYPE varchar(40);
--- hazard col-type-fk catalog: the referencing side
ALTER TABLE app.c2 ALTER COLUMN p_code TYPE varchar(40);
--- hazard col-type-blocked catalog: a materialized view uses it
ALTER TABLE app.big ALTER COLUMN n TYPE bigint;
--- hazard col-type-blocked catalog: a view uses it
ALTER TABLE app.big ALTER COLUMN v50 TYPE varchar(100);
--- hazard col-type-blocked catalog: a generated column uses it
ALTER TABLE app.gen ALTER COLUMN a TYPE varchar(20);
--- hazard dom-constraint: every table with the domain is read
ALTER DOMAIN app.posint ADD CONSTRAINT c1 CHECK (value > 0);
--- hazard dom-constraint: SET NOT NULL of a domain
ALTER DOMAIN app.posint SET NOT NULL;

--- safe: a column
ALTER TABLE app.big ADD COLUMN z int;
--- safe: a constant default
ALTER TABLE app.big ADD COLUMN z int NOT NULL DEFAULT 5;
--- safe: now() is stable
ALTER TABLE app.big ADD COLUMN z timestamptz DEFAULT now();
--- safe: CURRENT_TIMESTAMP is stable
ALTER TABLE app.big ADD COLUMN z timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP;
--- safe: functions of constants
ALTER TABLE app.big ADD COLUMN z text DEFAULT to_char(now(), 'YYYY');
--- safe catalog: an immutable function of one's own
ALTER TABLE app.big ADD COLUMN z int DEFAULT app.imm(1);
--- safe: an empty object
ALTER TABLE app.big ADD COLUMN z jsonb NOT NULL DEFAULT '{}'::jsonb;
--- safe: an enum
ALTER TABLE app.big ADD COLUMN z app.mood DEFAULT 'ok';
--- safe: a domain without a constraint
ALTER TABLE app.big ADD COLUMN z app.posint DEFAULT 5;
--- safe: the safe road to a volatile default
ALTER TABLE app.big ADD COLUMN z uuid;
ALTER TABLE app.big ALTER COLUMN z SET DEFAULT gen_random_uuid();
--- safe: NOT NULL with a proof
--@ ALTER TABLE app.big VALIDATE CONSTRAINT nul_nn_nv;
ALTER TABLE app.big ALTER COLUMN nul SET NOT NULL;
ALTER TABLE app.big DROP CONSTRAINT nul_nn_nv;
--- safe catalog: AND is a proof
ALTER TABLE app.cka ALTER COLUMN a SET NOT NULL;
--- safe catalog: NOT NULL already
ALTER TABLE app.nopk ALTER COLUMN c SET NOT NULL;
--- safe: a wider numeric
ALTER TABLE app.big ALTER COLUMN amt TYPE numeric(12, 2);
--- safe: numeric without a limit
ALTER TABLE app.big ALTER COLUMN amt TYPE numeric;
--- safe: varchar to text
ALTER TABLE app.p2 ADD COLUMN z int;
ALTER TABLE app.big ALTER COLUMN xx TYPE varchar;
--- safe: a finer timestamp
ALTER TABLE app.big ALTER COLUMN ts3 TYPE timestamp(6);
--- safe: cidr to inet
ALTER TABLE app.big ALTER COLUMN ip TYPE inet;
--- safe: a wider varbit
ALTER TABLE app.big ALTER COLUMN vb TYPE varbit(16);
--- safe: an interval with all fields
ALTER TABLE app.big ALTER COLUMN iv TYPE interval day to second;
--- safe catalog: another collation without an index
ALTER TABLE app.big ALTER COLUMN r_id TYPE bigint;
--- safe: a longer varchar
--@ DROP VIEW app.vw; DROP INDEX app.big_lower_v50; DROP INDEX app.big_part_v50;
ALTER TABLE app.big ALTER COLUMN v50 TYPE varchar(100);
--- safe catalog: a domain to its base
ALTER TABLE app.big ALTER COLUMN dom TYPE int;
--- safe: a domain's constraint that is NOT VALID
ALTER DOMAIN app.posint ADD CONSTRAINT c1 CHECK (value > 0) NOT VALID;
--- safe: statistics of a column
ALTER TABLE app.big ALTER COLUMN t SET STATISTICS 500;
--- safe: all of it on a table of the same file
CREATE TABLE app.fresh (id bigint PRIMARY KEY, a int);
ALTER TABLE app.fresh ADD COLUMN z uuid DEFAULT gen_random_uuid();
ALTER TABLE app.fresh ADD COLUMN y int NOT NULL;
ALTER TABLE app.fresh ALTER COLUMN a TYPE bigint;
