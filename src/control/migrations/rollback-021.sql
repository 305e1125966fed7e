-- Undoes 021_held_master_keys.sql.

DROP INDEX platform.second_factors_master_key_id_idx;
ALTER TABLE platform.second_factors DROP CONSTRAINT second_factors_master_key_id_fkey;
DROP INDEX platform.payment_methods_master_key_id_idx;
ALTER TABLE platform.payment_methods DROP CONSTRAINT payment_methods_master_key_id_fkey;
ALTER TABLE platform.payment_methods DROP COLUMN master_key_id;
