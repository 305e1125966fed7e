-- fires:
--   runner in pg_execute_server_program
CREATE ROLE runner LOGIN;
GRANT pg_execute_server_program TO runner;
-- cleanup
DROP ROLE runner;
-- silent:
CREATE ROLE reader LOGIN;
GRANT pg_read_all_stats TO reader;
-- cleanup
DROP ROLE reader;
