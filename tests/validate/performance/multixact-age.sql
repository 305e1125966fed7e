-- fires:
--   multixact ids
-- with: multixact-age.percent=0
SELECT 1;
-- silent:
SELECT 1;
