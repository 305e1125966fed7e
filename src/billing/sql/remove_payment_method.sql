-- $1 organization, $2 the way to pay.
DELETE FROM platform.payment_methods WHERE organization_id = $1::uuid AND id = $2::uuid RETURNING provider, is_default
