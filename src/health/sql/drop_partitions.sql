-- $1 days to keep.
SELECT platform.drop_health_partitions($1::integer) AS dropped
