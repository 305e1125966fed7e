SELECT u.database_id, u.project_id, u.name, u.type, u.error,
       to_char(u.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since,
       to_char(u.last_health_check_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_health_check_at
FROM platform.unhealthy_databases() AS u
