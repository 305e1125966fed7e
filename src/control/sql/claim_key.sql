-- $1 organization, $2 user, $3 key, $4 the request's hash in hex. A row when it is claimed now.
INSERT INTO platform.idempotency_keys AS k (organization_id, user_id, key, request_hash)
VALUES ($1::uuid, $2::uuid, $3, decode($4, 'hex'))
ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING
RETURNING k.key
