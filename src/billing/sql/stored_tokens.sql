-- $1 organization.
SELECT m.id, m.provider, m.provider_token, coalesce(m.master_key_id, '') FROM platform.payment_methods AS m WHERE m.organization_id = $1::uuid
