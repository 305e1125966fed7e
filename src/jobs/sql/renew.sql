-- $1 ids and $2 fences of what a worker runs, $3 seconds. The ones that it still has, and whether to stop them.
UPDATE platform.jobs AS j
SET lease_until = clock_timestamp() + make_interval(secs => $3::double precision)
FROM unnest($1::uuid[], $2::bigint[]) AS held (id, fence)
WHERE j.id = held.id AND j.fence = held.fence AND j.state = 'running'
RETURNING j.id, j.cancel_requested_at IS NOT NULL AS cancel
