-- fires:
--   statements
-- with: statements-long-each.milliseconds=50
-- with: statements-long-each.calls=2
CREATE EXTENSION pg_stat_statements;
-- then
SELECT pg_sleep(0.1);
SELECT pg_sleep(0.1);
-- silent:
-- with: statements-long-each.milliseconds=50
-- with: statements-long-each.calls=2
CREATE SCHEMA tools;
CREATE EXTENSION pg_stat_statements SCHEMA tools;
SELECT 1;
