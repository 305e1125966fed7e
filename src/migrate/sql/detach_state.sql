-- Run before a DETACH PARTITION CONCURRENTLY that was interrupted. $1 schema or '', $2 partition.
-- One row: still attached, detach pending.
SELECT
    coalesce(bool_or(NOT inhdetachpending), false),
    coalesce(bool_or(inhdetachpending), false)
FROM pg_inherits
WHERE inhrelid = to_regclass(CASE WHEN $1::text <> '' THEN format('%I.%I', $1::text, $2::text) ELSE format('%I', $2::text) END)
