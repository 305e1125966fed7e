-- $1 id, $2 fence. Whoever takes a job away locks it FOR UPDATE, which waits for (or passes over) this;
-- renewing the lease doesn't.
SELECT j.id
FROM platform.jobs AS j
WHERE j.id = $1::uuid AND j.fence = $2::bigint AND j.state = 'running'
FOR KEY SHARE
