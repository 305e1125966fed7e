-- fires:
--   behind
-- with: slot-holds-rows.transactions=1
SELECT pg_create_logical_replication_slot('behind', 'pgoutput');
-- then
CREATE TABLE t (id int);
-- then
CREATE TABLE u (id int);
-- cleanup
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'behind';
-- silent:
SELECT pg_create_physical_replication_slot('plain');
-- cleanup
SELECT pg_drop_replication_slot('plain');
