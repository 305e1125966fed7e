-- $1 organization, $2 payment method, $3 what was read, $4 the same sealed.
UPDATE platform.payment_methods
SET provider_token = $4
WHERE organization_id = $1::uuid AND id = $2::uuid AND provider_token = $3
