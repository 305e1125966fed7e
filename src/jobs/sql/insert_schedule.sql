-- $1 name, $2 kind, $3 cron, $4 args, $5 enabled, $6 catch up, $7 next time (seconds since 1970), $8 who.
INSERT INTO platform.job_schedules (organization_id, name, kind, cron, args, enabled, catch_up, next_run_at, created_by)
VALUES (nullif(current_setting('app.current_org_id', true), '')::uuid, $1::text, $2::text, $3::text, $4::jsonb, $5::boolean,
    $6::text, to_timestamp($7::double precision), $8::uuid)
RETURNING id
