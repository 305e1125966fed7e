-- $1 kind, $2 dedup key, $3 schedule, $4 due time: the job that stands in the way of another.
SELECT j.id
FROM platform.jobs AS j
WHERE (j.lane = coalesce(nullif(current_setting('app.current_org_id', true), ''), '00000000-0000-0000-0000-000000000000')::uuid
        AND j.kind = $1::text AND j.dedup_key = $2::text AND j.state IN ('queued', 'running'))
   OR (j.schedule_id = $3::uuid AND j.due_at = to_timestamp($4::double precision))
LIMIT 1
