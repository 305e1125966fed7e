-- $1 id. The columns of list_validations.sql, and the report.
SELECT v.id, v.database_id, v.job_id, v.requested_by, v.critical, v.warning, v.info, v.not_checked,
    to_char(v.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    (extract(epoch FROM v.created_at) * 1000000)::bigint, v.report
FROM platform.validations AS v
WHERE v.id = $1::uuid
