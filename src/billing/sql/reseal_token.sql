-- $1 organization, $2 payment method, $3 what was read, $4 the same sealed, $5 with what master key.
UPDATE platform.payment_methods
SET provider_token = $4, master_key_id = $5
WHERE organization_id = $1::uuid AND id = $2::uuid AND provider_token = $3
