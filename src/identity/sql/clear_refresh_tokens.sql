-- The spent ones of sessions that live are kept: by them a theft is noticed.
DELETE FROM platform.refresh_tokens WHERE expires_at < now() - interval '7 days'
