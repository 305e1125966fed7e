-- fires:
--   pg_stat_statements
-- with: statements-slow.calls=2
CREATE EXTENSION pg_stat_statements;
-- then
SELECT pg_sleep(0.15);
-- then
SELECT pg_sleep(0.15);
-- silent:
CREATE EXTENSION pg_stat_statements;
-- then
SELECT 1;
