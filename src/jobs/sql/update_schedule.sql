-- $1 id, $2 name, $3 kind, $4 cron, $5 args, $6 enabled, $7 catch up, $8 next time (seconds since 1970). A schedule that
-- stays as it is keeps the time that it is due at.
UPDATE platform.job_schedules AS s
SET name = $2::text,
    kind = $3::text,
    cron = $4::text,
    args = $5::jsonb,
    enabled = $6::boolean,
    catch_up = $7::text,
    next_run_at = CASE WHEN s.cron = $4::text AND s.enabled AND $6::boolean THEN s.next_run_at
        ELSE to_timestamp($8::double precision) END
WHERE s.id = $1::uuid
  AND s.organization_id IS NOT DISTINCT FROM (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
  AND (s.name, s.kind, s.cron, s.args, s.enabled, s.catch_up)
      IS DISTINCT FROM ($2::text, $3::text, $4::text, $5::jsonb, $6::boolean, $7::text)
RETURNING s.id
