-- Run by `migrate preflight` before it reads the catalog. One row: the time zone that a run has, and the schemas that its
-- names are looked up in, one a line.
SELECT current_setting('TimeZone') AS time_zone, array_to_string(current_schemas(false), E'\n') AS schemas
