-- $1 organization. Where the default is gone, the oldest is it.
UPDATE platform.payment_methods AS m
SET is_default = true
WHERE m.id = (SELECT o.id FROM platform.payment_methods AS o WHERE o.organization_id = $1::uuid ORDER BY o.created_at, o.id LIMIT 1)
