-- fires:
--   pid {held}
-- with: transaction-long.seconds=0
-- hold
BEGIN;
SELECT txid_current();
-- silent:
-- hold
BEGIN;
SELECT txid_current();
