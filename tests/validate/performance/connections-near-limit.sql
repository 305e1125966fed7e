-- fires:
--   max_connections
-- with: connections-near-limit.percent=1
SELECT 1;
-- silent:
SELECT 1;
