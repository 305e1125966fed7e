-- One job whose worker has not been heard of, by the clock of this server; locked.
SELECT j.id, j.organization_id, j.fence, j.sent_at IS NOT NULL AS sent, j.cancel_requested_at IS NOT NULL AS cancel, j.losses
FROM platform.jobs AS j
WHERE j.state = 'running' AND j.lease_until < clock_timestamp()
ORDER BY j.lease_until
LIMIT 1
FOR UPDATE SKIP LOCKED
