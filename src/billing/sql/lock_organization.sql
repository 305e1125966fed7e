-- $1 organization.
SELECT pg_advisory_xact_lock(hashtextextended('platform.billing ' || $1::uuid::text, 0))
