-- $1 id. FOR UPDATE, so that it waits for a handler's transaction that holds the job (hold_job.sql).
SELECT j.id, j.organization_id, j.kind, j.state, j.sent_at IS NOT NULL AS sent
FROM platform.jobs AS j
WHERE j.id = $1::uuid
FOR UPDATE
