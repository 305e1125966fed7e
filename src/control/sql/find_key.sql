-- $1 user, $2 key, $3 the request's hash in hex: whether it is the same request, its answer as far as there is one, and
-- whether there should have been one by now.
SELECT k.request_hash = decode($3, 'hex') AS same, k.status, k.answer, k.created_at < now() - interval '1 minute' AS late
FROM platform.idempotency_keys AS k
WHERE k.user_id = $1::uuid AND k.key = $2
