-- fires:
--   public.old
-- with: table-unused.days=0
-- with: table-unused.bytes=0
CREATE TABLE old (id int PRIMARY KEY);
CREATE TABLE used (id int PRIMARY KEY);
INSERT INTO used VALUES (1);
-- then
SELECT pg_stat_reset_single_table_counters('old'::regclass);
-- then
SELECT pg_sleep(0.6) WHERE current_setting('server_version_num')::int < 150000;
-- silent:
CREATE TABLE old (id int PRIMARY KEY);
