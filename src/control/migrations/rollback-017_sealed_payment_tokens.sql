-- Undoes 017_sealed_payment_tokens.sql. Destroys the ways to pay: a server of the former version can't open what is sealed, so they have
-- to be added anew.

ALTER TABLE platform.payment_methods NO FORCE ROW LEVEL SECURITY;
DELETE FROM platform.payment_methods;
ALTER TABLE platform.payment_methods FORCE ROW LEVEL SECURITY;
ALTER TABLE platform.payment_methods DROP CONSTRAINT payment_methods_provider_token_sealed_check;
ALTER TABLE platform.payment_methods ADD CONSTRAINT payment_methods_provider_token_check
    CHECK (length(provider_token) BETWEEN 1 AND 255 AND NOT platform.contains_card_number(provider_token));
ALTER TABLE platform.payment_methods ADD CONSTRAINT payment_methods_provider_provider_token_key UNIQUE (provider, provider_token);
COMMENT ON COLUMN platform.payment_methods.provider_token IS 'Worth something only together with the provider''s key; a card number is refused';
