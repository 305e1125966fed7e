-- $1 organization. Now, since another one takes its place.
UPDATE platform.subscriptions AS s
SET status = 'cancelled', cancelled_at = now()
WHERE s.organization_id = $1::uuid AND s.status <> 'cancelled'
