-- Undoes 011_health.sql. Destroys the history of health checks; the present state stays in platform.databases.

DROP FUNCTION platform.grant_health_roles();
DROP FUNCTION platform.health_summary(uuid, interval);
DROP FUNCTION platform.health_error_rate(interval, uuid);
DROP FUNCTION platform.stale_health_checks(interval);
DROP FUNCTION platform.unhealthy_databases();
DROP FUNCTION platform.drop_health_partitions(integer);
DROP FUNCTION platform.ensure_health_partitions(integer);
DROP TABLE platform.database_health;
