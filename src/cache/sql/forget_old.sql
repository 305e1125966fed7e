-- Windows that nobody asks about any more: none is longer than a day.
DELETE FROM platform.rate_limits WHERE window_start < now() - interval '1 day'
