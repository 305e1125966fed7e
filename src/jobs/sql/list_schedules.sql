-- $1 id, $2 name (each NULL: any), of the present organization, or of none.
SELECT s.id, s.organization_id, s.name, s.kind, s.cron, s.args, s.enabled, s.catch_up, s.last_job_id, s.created_by,
       to_char(s.next_run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS next_run_at,
       to_char(s.last_run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_run_at,
       to_char(s.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
       to_char(s.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at
FROM platform.job_schedules AS s
WHERE s.organization_id IS NOT DISTINCT FROM (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
  AND ($1::uuid IS NULL OR s.id = $1::uuid)
  AND ($2::text IS NULL OR s.name = $2::text)
ORDER BY s.name
