-- $1 kind, $2 args, $3 seconds from now, $4 priority, $5 most attempts, $6 at most once, $7 dedup key, $8 schedule,
-- $9 due time (seconds since 1970) or NULL, $10 who asked, or NULL, $11 channel of the hint. No row: there is one already.
WITH made AS (
    INSERT INTO platform.jobs (organization_id, kind, args, run_at, priority, max_attempts, at_most_once, dedup_key,
        schedule_id, due_at, requested_by)
    VALUES (nullif(current_setting('app.current_org_id', true), '')::uuid, $1::text, $2::jsonb,
        now() + make_interval(secs => $3::double precision), $4::integer, $5::integer, $6::boolean, $7::text, $8::uuid,
        to_timestamp($9::double precision), $10::uuid)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT m.id, CASE WHEN $3::double precision <= 0 THEN pg_notify($11::text, 'queued')::text END AS told
FROM made AS m
