-- $1 id, $2 channel of the hint: of a running job.
WITH asked AS (
    UPDATE platform.jobs AS j
    SET cancel_requested_at = coalesce(j.cancel_requested_at, clock_timestamp())
    WHERE j.id = $1::uuid AND j.state = 'running'
    RETURNING j.id
)
SELECT pg_notify($2::text, 'cancel') FROM asked
