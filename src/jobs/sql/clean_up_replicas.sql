-- Those that have been silent for a day.
DELETE FROM platform.replicas AS r WHERE r.seen_at < now() - interval '1 day'
