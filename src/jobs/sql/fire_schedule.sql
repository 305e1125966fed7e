-- $1 id, $2 the time that it was due at, $3 the next one. No row: somebody else did it, or it was changed.
UPDATE platform.job_schedules AS s
SET next_run_at = to_timestamp($3::double precision), last_run_at = clock_timestamp()
WHERE s.id = $1::uuid AND s.enabled AND floor(extract(epoch FROM s.next_run_at))::bigint = $2::bigint
RETURNING s.id
