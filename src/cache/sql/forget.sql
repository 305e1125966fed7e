-- $1 key
DELETE FROM platform.rate_limits WHERE key = $1
