-- Undoes 005_limits.sql. Destroys the limits of projects and all usage records.

DROP FUNCTION platform.project_limit(uuid, text);
DROP TABLE platform.usage_records;
DROP TABLE platform.project_limits;
