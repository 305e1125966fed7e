-- $1 organization, $2 plan.
INSERT INTO platform.subscriptions (organization_id, plan_code, current_period_start, current_period_end)
VALUES ($1::uuid, $2, date_trunc('month', now(), 'UTC'),
    (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC')
