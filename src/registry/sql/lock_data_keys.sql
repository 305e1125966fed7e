-- Waits for all who seal with a project's key, and keeps others from it to the end of the transaction.
-- $1 project, $2 purpose
SELECT pg_advisory_xact_lock(hashtextextended('platform.data_keys ' || $1::uuid::text || ' ' || $2::text, 0))
