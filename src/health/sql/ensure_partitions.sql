-- $1 days ahead.
SELECT platform.ensure_health_partitions($1::integer) AS made
