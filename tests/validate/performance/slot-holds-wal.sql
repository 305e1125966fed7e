-- fires:
--   left_behind
-- with: slot-holds-wal.bytes=1000
SELECT pg_create_physical_replication_slot('left_behind', true);
-- then
CREATE TABLE t AS SELECT generate_series(1, 10000);
-- cleanup
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'left_behind';
-- silent:
SELECT pg_create_physical_replication_slot('young', true);
-- cleanup
SELECT pg_drop_replication_slot('young');
