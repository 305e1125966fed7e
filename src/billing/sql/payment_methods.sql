-- $1 organization.
SELECT m.id, m.provider, m.kind, m.brand, m.last4, m.expires_month, m.expires_year, m.is_default
FROM platform.payment_methods AS m
WHERE m.organization_id = $1::uuid
ORDER BY m.created_at, m.id
