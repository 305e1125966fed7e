-- fires:
--   public.left_over
CREATE SEQUENCE left_over;
CREATE TABLE t (id serial PRIMARY KEY);
-- silent:
CREATE SEQUENCE numbers;
CREATE SEQUENCE invoices;
CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('numbers'), other int GENERATED ALWAYS AS IDENTITY);
CREATE FUNCTION next() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN nextval('invoices'); END $$;
