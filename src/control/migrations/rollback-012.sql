-- Undoes 012_events.sql. Destroys events, kept answers and counters; nothing else depends on them.

DROP FUNCTION platform.grant_event_roles();
DROP TABLE platform.rate_limits;
DROP TABLE platform.idempotency_keys;
DROP TABLE platform.events;
