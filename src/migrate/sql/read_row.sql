-- Run before a migration is resumed, rolled back or compared: the big columns of one row. $1 project, $2 id.
SELECT sql, rollback_sql, rollback_source, memo::text, position, direction
FROM drydock.migration
WHERE project = $1 AND id = $2
