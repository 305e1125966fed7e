-- $1 database, $2 and $3 place (microseconds) and id of the last one of the page before, or NULL, $4 how many. The newest
-- first, without their reports.
SELECT v.id, v.database_id, v.job_id, v.requested_by, v.critical, v.warning, v.info, v.not_checked,
    to_char(v.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    (extract(epoch FROM v.created_at) * 1000000)::bigint
FROM platform.validations AS v
WHERE v.database_id = $1::uuid
  AND ($2::bigint IS NULL OR (v.created_at, v.id) < (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::uuid))
ORDER BY v.created_at DESC, v.id DESC
LIMIT $4::bigint
