-- Run as the system user in one organization: what was only kept for a while. $1 days for events, $2 hours for answers.
WITH old_events AS (
    DELETE FROM platform.events AS e WHERE e.created_at < now() - make_interval(days => $1::integer)
)
DELETE FROM platform.idempotency_keys AS k WHERE k.created_at < now() - make_interval(hours => $2::integer)
