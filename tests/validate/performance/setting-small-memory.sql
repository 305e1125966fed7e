-- fires:
--   maintenance_work_mem
--   shared_buffers
-- with: setting-small-memory.bytes=1
SELECT 1;
-- silent:
SELECT 1;
