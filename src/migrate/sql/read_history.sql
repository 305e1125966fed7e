-- Run by every command on a target with a history: the state of each migration, without the big columns.
-- $1 project. A row a migration, in the order in which they were applied.
SELECT
    id, status, direction, raw_hash, canonical_hash, semantic_hash, rollback_source, rollback_sql IS NOT NULL,
    array_to_string(dependencies, E'\n'), statements, position, origin, applied_by, client,
    to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    round(extract(epoch FROM finished_at - started_at) * 1000)::bigint, error
FROM drydock.migration
WHERE project = $1
ORDER BY applied_order
