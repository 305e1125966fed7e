-- $1 organization, $2 provider, $3 its token, sealed, $4 kind, $5 brand, $6 last four digits, $7 month and $8 year of
-- expiry (0: not known), $9 whether it is to be the default, $10 its id, $11 the master key
-- that the token is sealed with.
INSERT INTO platform.payment_methods (id, organization_id, provider, provider_token, kind, brand, last4, expires_month, expires_year, is_default, master_key_id)
VALUES ($10::uuid, $1::uuid, $2, $3, $4, nullif($5, ''), nullif($6, ''), nullif($7::smallint, 0), nullif($8::smallint, 0),
    $9::boolean OR NOT EXISTS (SELECT FROM platform.payment_methods AS m WHERE m.organization_id = $1::uuid), $11)
