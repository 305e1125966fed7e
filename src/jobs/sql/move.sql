-- The only statement that changes a job's state: $1 id, $2 from, $3 to, $4 the fence of the worker that asks, or NULL,
-- $5 how it came to it (outcome of the attempt that ends), $6 worker, $7 seconds (of the lease, or until it runs again),
-- $8 result (one that looks like a secret is not kept, and not tried: a row that a constraint refuses stands in the
-- server's log), $9 error's code, $10 its message, $11 channel of the hint. No row: it is no longer as the caller believes.
WITH moved AS (
    UPDATE platform.jobs AS j
    SET state = $3::text,
        fence = j.fence + ($3::text = 'running')::integer,
        attempt = j.attempt + CASE
            WHEN $3::text = 'running' THEN 1
            WHEN $3::text = 'queued' AND $5::text IN ('lost', 'handed_back') THEN -1
            ELSE 0
        END,
        losses = j.losses + ($5::text = 'lost')::integer,
        locked_by = CASE WHEN $3::text = 'running' THEN $6::text END,
        lease_until = CASE WHEN $3::text = 'running' THEN clock_timestamp() + make_interval(secs => $7::double precision) END,
        run_at = CASE WHEN $3::text = 'queued' THEN clock_timestamp() + make_interval(secs => $7::double precision) ELSE j.run_at END,
        started_at = CASE WHEN $3::text = 'running' THEN clock_timestamp() ELSE j.started_at END,
        finished_at = CASE WHEN $3::text NOT IN ('queued', 'running') THEN clock_timestamp() END,
        progress = CASE WHEN $3::text = 'running' THEN NULL ELSE j.progress END,
        result = CASE
            WHEN $3::text IN ('queued', 'running') THEN NULL
            WHEN platform.holds_secret($8::jsonb) THEN '{"remark": "What it gave is not kept: it looks like a secret."}'::jsonb
            ELSE coalesce($8::jsonb, j.result)
        END,
        error_code = $9::text,
        error_message = $10::text
    WHERE j.id = $1::uuid
      AND j.state = $2::text
      AND ($4::bigint IS NULL OR j.fence = $4::bigint)
      AND NOT ($3::text = 'queued' AND j.sent_at IS NOT NULL)
    RETURNING j.*
), begun AS (
    INSERT INTO platform.job_attempts (job_id, organization_id, fence, worker, started_at)
    SELECT m.id, m.organization_id, m.fence, m.locked_by, m.started_at
    FROM moved AS m
    WHERE m.state = 'running'
), ended AS (
    UPDATE platform.job_attempts AS a
    SET ended_at = clock_timestamp(), outcome = $5::text, sent_at = m.sent_at, error_code = $9::text, error_message = $10::text
    FROM moved AS m
    WHERE a.job_id = m.id AND a.fence = m.fence AND $2::text = 'running'
)
SELECT m.id, m.organization_id, m.kind, m.args, m.state, m.priority, m.attempt, m.max_attempts, m.losses, m.at_most_once,
       m.locked_by, m.fence, m.dedup_key, m.schedule_id, m.progress, m.result, m.error_code, m.error_message, m.requested_by,
       m.cancel_requested_at IS NOT NULL AS cancel_requested,
       to_char(m.run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS run_at,
       to_char(m.lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS lease_until,
       to_char(m.sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS sent_at,
       to_char(m.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS due_at,
       to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
       to_char(m.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS started_at,
       to_char(m.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS finished_at,
       CASE WHEN m.state = 'queued' AND $7::double precision <= 0 THEN pg_notify($11::text, 'queued')::text END AS told
FROM moved AS m
