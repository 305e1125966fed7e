-- fires:
--   transactions
-- with: rollbacks.percent=0
-- with: rollbacks.transactions=0
SELECT 1;
-- silent:
SELECT 1;
