-- $1 id, $2 state, $3 kind, $4 schedule (each NULL: any), $5 and $6 time (microseconds) and id of the last one seen, or
-- NULL, $7 how many. The newest first. The columns are those of move.sql, and the place for a cursor.
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
       (extract(epoch FROM m.created_at) * 1000000)::bigint AS place
FROM platform.jobs AS m
WHERE m.lane = coalesce(nullif(current_setting('app.current_org_id', true), ''), '00000000-0000-0000-0000-000000000000')::uuid
  AND ($1::uuid IS NULL OR m.id = $1::uuid)
  AND ($2::text IS NULL OR m.state = $2::text)
  AND ($3::text IS NULL OR m.kind = $3::text)
  AND ($4::uuid IS NULL OR m.schedule_id = $4::uuid)
  AND ($5::bigint IS NULL OR (m.created_at, m.id) < (timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6::uuid))
ORDER BY m.created_at DESC, m.id DESC
LIMIT $7::integer
