-- fires:
--   checkpoints
-- with: checkpoints-requested.percent=0
-- with: checkpoints-requested.checkpoints=0
CHECKPOINT;
-- silent:
-- with: checkpoints-requested.checkpoints=100000
SELECT 1;
