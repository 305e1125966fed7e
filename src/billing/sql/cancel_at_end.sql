-- $1 organization, $2 whether it ends with its month.
UPDATE platform.subscriptions AS s
SET cancel_at_period_end = $2::boolean
WHERE s.organization_id = $1::uuid AND s.status <> 'cancelled'
