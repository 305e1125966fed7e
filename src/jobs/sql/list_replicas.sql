-- $1 seconds after which one counts as gone.
SELECT r.id, r.name, r.version, r.threads, r.running,
       CASE WHEN r.state <> 'stopped' AND r.seen_at < clock_timestamp() - make_interval(secs => $1::double precision)
           THEN 'silent' ELSE r.state END AS state,
       to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS started_at,
       to_char(r.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS seen_at
FROM platform.replicas AS r
ORDER BY r.started_at, r.id
