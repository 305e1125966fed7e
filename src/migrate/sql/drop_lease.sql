-- Run at the end of a run behind a proxy. $1 project, $2 holder.
DELETE FROM drydock.run_lease WHERE project = $1 AND holder = $2::uuid
