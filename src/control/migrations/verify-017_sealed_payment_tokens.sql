-- Nothing comes in that is not sealed.
SELECT count(*) = 1 AS guarded
FROM pg_constraint AS c
WHERE c.conrelid = 'platform.payment_methods'::regclass AND c.conname = 'payment_methods_provider_token_sealed_check';
