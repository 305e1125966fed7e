-- $1 organization. Ends what was to end with its month.
UPDATE platform.subscriptions AS s
SET status = 'cancelled', cancelled_at = s.current_period_end
WHERE s.organization_id = $1::uuid AND s.status <> 'cancelled' AND s.cancel_at_period_end AND s.current_period_end <= now()
RETURNING s.id, s.plan_code
