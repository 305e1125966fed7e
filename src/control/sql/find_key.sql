-- $1 user, $2 key, $3 the request's hash in hex: whether it is the same request, and its answer as far as there is one.
SELECT k.request_hash = decode($3, 'hex') AS same, k.status, k.answer
FROM platform.idempotency_keys AS k
WHERE k.user_id = $1::uuid AND k.key = $2
