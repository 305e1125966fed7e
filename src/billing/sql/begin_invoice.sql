-- $1 organization, $2 first day of the month, $3 number of the draft, $4 currency.
INSERT INTO platform.invoices (organization_id, number, currency, period_start, period_end, subscription_id)
VALUES ($1::uuid, $3, $4, $2::date::timestamp AT TIME ZONE 'UTC',
    ($2::date + interval '1 month') AT TIME ZONE 'UTC',
    (SELECT s.id FROM platform.subscriptions AS s WHERE s.organization_id = $1::uuid AND s.status <> 'cancelled'))
RETURNING id
