-- Of all organizations: what is due, for which time (seconds since 1970), and what time it is.
SELECT s.id, s.organization_id, s.kind, s.args, s.cron, s.catch_up, floor(extract(epoch FROM s.next_run_at))::bigint AS due,
       floor(extract(epoch FROM clock_timestamp()))::bigint AS now
FROM platform.job_schedules AS s
WHERE s.enabled AND s.next_run_at <= clock_timestamp()
ORDER BY s.next_run_at
LIMIT 100
