-- $1 transaction and $2 id of the last one read, $3 how many. Nothing of a transaction that may still have company: below
-- the oldest one that runs, all is told.
SELECT e.transaction_id::text || '-' || e.id AS cursor,
       e.topic,
       e.kind,
       e.subject_id,
       e.payload,
       to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
FROM platform.events AS e
WHERE e.organization_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid)
  AND (e.transaction_id, e.id) > ($1::xid8, $2::bigint)
  AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.transaction_id, e.id
LIMIT $3::integer
