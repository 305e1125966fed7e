-- fires:
--   deadlocks
-- with: deadlocks.count=0
SELECT 1;
-- silent:
SELECT 1;
