-- $1 task, $2 who, $3 seconds. A row: it is theirs until then.
INSERT INTO platform.job_leaders AS l (task, holder, lease_until)
VALUES ($1::text, $2::text, clock_timestamp() + make_interval(secs => $3::double precision))
ON CONFLICT (task) DO UPDATE
SET holder = excluded.holder, lease_until = excluded.lease_until, fence = l.fence + (l.holder <> excluded.holder)::integer
WHERE l.holder = excluded.holder OR l.lease_until < clock_timestamp()
RETURNING l.fence
