-- $1 organization. A period is a calendar month in UTC.
UPDATE platform.subscriptions AS s
SET current_period_start = date_trunc('month', now(), 'UTC'),
    current_period_end = (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
WHERE s.organization_id = $1::uuid AND s.status <> 'cancelled' AND s.current_period_end <= now()
