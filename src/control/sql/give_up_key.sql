-- $1 user, $2 key.
DELETE FROM platform.idempotency_keys AS k WHERE k.user_id = $1::uuid AND k.key = $2 AND k.status IS NULL
