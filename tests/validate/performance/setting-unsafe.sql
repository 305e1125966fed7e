-- fires:
--   fsync
--   autovacuum
--   full_page_writes
--   synchronous_commit
--   enable_hashjoin
-- reason: a test server has them in its file
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_hashjoin = off', current_database()); END $$;
-- silent:
ALTER SYSTEM SET fsync = on;
-- then
ALTER SYSTEM SET full_page_writes = on;
-- then
ALTER SYSTEM SET synchronous_commit = on;
-- then
ALTER SYSTEM SET autovacuum = on;
-- then
SELECT pg_reload_conf();
-- then
SELECT pg_sleep(0.3);
-- cleanup
ALTER SYSTEM RESET ALL;
-- cleanup
SELECT pg_reload_conf();
-- cleanup
SELECT pg_sleep(0.3);
