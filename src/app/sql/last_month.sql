-- "2026-07": the month before this one, in UTC.
SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month', 'YYYY-MM')
