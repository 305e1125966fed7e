-- $1 user, $2 key, $3 status, $4 JSON.
UPDATE platform.idempotency_keys AS k
SET status = $3::integer, answer = $4::jsonb
WHERE k.user_id = $1::uuid AND k.key = $2
