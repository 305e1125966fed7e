-- $1 id, $2 fence, $3 seconds. Once a claim, and not after a cancel. A server that doesn't wait for its disk is made to:
-- a mark that a crash takes back would let the job run twice.
UPDATE platform.jobs AS j
SET sent_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => $3::double precision)
WHERE j.id = $1::uuid AND j.fence = $2::bigint AND j.state = 'running' AND j.at_most_once
  AND j.sent_at IS NULL AND j.cancel_requested_at IS NULL
RETURNING j.kind, set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' WHEN 'local' THEN 'on' ELSE current_setting('synchronous_commit') END, true)
