-- $1 database
SELECT f.server_version, z.bytes, f.facts,
       to_char(f.taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       to_char(f.tried_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       f.error
FROM platform.database_facts AS f
LEFT JOIN platform.database_sizes AS z ON z.database_id = f.database_id
WHERE f.database_id = $1::uuid
