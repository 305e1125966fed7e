-- $1 organization.
UPDATE platform.payment_methods SET is_default = false WHERE organization_id = $1::uuid AND is_default
