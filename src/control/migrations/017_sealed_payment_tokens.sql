-- Migration: Sealed payment tokens
-- Purpose: What a payment provider calls a way to pay is kept sealed, as other secrets are. What a former version left in
--   clear is sealed by the server within minutes of its start; until then the row can't be changed otherwise.
-- Dependencies: 002_billing.sql
-- Rollback: rollback-017_sealed_payment_tokens.sql
-- Environment: all

-- Sealed twice, a token looks different each time: the server opens what an organization has before it adds one.
ALTER TABLE platform.payment_methods DROP CONSTRAINT payment_methods_provider_provider_token_key;
ALTER TABLE platform.payment_methods DROP CONSTRAINT payment_methods_provider_token_check;
-- Not valid: rows from before hold tokens in clear.
ALTER TABLE platform.payment_methods ADD CONSTRAINT payment_methods_provider_token_sealed_check
    CHECK (provider_token ~ '^ddk1\.[A-Za-z0-9_-]+$' AND length(provider_token) <= 4096) NOT VALID;
COMMENT ON COLUMN platform.payment_methods.provider_token IS 'Sealed by the server; docs/formats/sealed.md';
