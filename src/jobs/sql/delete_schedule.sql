-- $1 id.
DELETE FROM platform.job_schedules AS s
WHERE s.id = $1::uuid
  AND s.organization_id IS NOT DISTINCT FROM (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
RETURNING s.name
