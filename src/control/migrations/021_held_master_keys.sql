-- Migration: Held master keys
-- Purpose: Whatever a master key has sealed holds it by a foreign key, payment tokens and second factors too: between the
--   count of what is sealed with it and its end nothing new can be. Of a token from before the server notes the key within
--   minutes of its start.
-- Dependencies: 008_people.sql, 017_sealed_payment_tokens.sql
-- Rollback: rollback-021.sql
-- Environment: all

ALTER TABLE platform.payment_methods ADD COLUMN master_key_id text;
ALTER TABLE platform.payment_methods ADD CONSTRAINT payment_methods_master_key_id_fkey
    FOREIGN KEY (master_key_id) REFERENCES platform.master_keys (id);
COMMENT ON COLUMN platform.payment_methods.master_key_id IS 'What provider_token is sealed with; NULL: not noted yet';
CREATE INDEX payment_methods_master_key_id_idx ON platform.payment_methods (master_key_id);

-- Not valid: the gap that this closes may have left one of a key that is gone, and it must not keep the server from starting.
ALTER TABLE platform.second_factors ADD CONSTRAINT second_factors_master_key_id_fkey
    FOREIGN KEY (master_key_id) REFERENCES platform.master_keys (id) NOT VALID;
CREATE INDEX second_factors_master_key_id_idx ON platform.second_factors (master_key_id);
