-- $1 organization, $2 master key. A sealed one whose key is not noted yet may be anyone's.
SELECT count(*)
FROM platform.payment_methods AS m
WHERE m.organization_id = $1::uuid
  AND (m.master_key_id = $2 OR (m.master_key_id IS NULL AND m.provider_token LIKE 'ddk1.%'))
