SELECT name, setting FROM pg_catalog.pg_settings
WHERE name IN ('server_version', 'server_encoding', 'max_connections', 'wal_level', 'data_checksums', 'TimeZone',
    'shared_preload_libraries', 'password_encryption')
UNION ALL
SELECT 'database', current_database()
UNION ALL
SELECT 'size_bytes', pg_database_size(current_database())::text
UNION ALL
SELECT 'connections', count(*)::text FROM pg_catalog.pg_stat_activity
UNION ALL
SELECT 'standby', pg_is_in_recovery()::text
UNION ALL
SELECT 'started_at', to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
UNION ALL
SELECT 'extensions', coalesce(string_agg(extname, ', ' ORDER BY extname), '') FROM pg_catalog.pg_extension
ORDER BY 1
