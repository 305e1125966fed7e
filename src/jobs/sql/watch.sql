-- The same as renew.sql, without renewing.
SELECT j.id, j.cancel_requested_at IS NOT NULL AS cancel
FROM unnest($1::uuid[], $2::bigint[]) AS held (id, fence)
JOIN platform.jobs AS j ON j.id = held.id AND j.fence = held.fence
WHERE j.state = 'running'
