-- $1 organization, $2 the way to pay.
UPDATE platform.payment_methods SET is_default = true WHERE organization_id = $1::uuid AND id = $2::uuid RETURNING provider
