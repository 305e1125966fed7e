-- $1 project. The lock that the trigger databases_limit takes.
SELECT pg_advisory_xact_lock(hashtextextended('platform.databases ' || $1::uuid::text, 0))
