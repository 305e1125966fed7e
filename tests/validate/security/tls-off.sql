-- fires:
--   ssl
-- with: tls-off.everywhere=1
SELECT 1;
-- silent:
SELECT 1;
