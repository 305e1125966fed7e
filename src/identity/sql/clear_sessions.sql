-- Row-level security shows the system what ended a week ago.
DELETE FROM platform.sessions WHERE expires_at < now() - interval '7 days'
