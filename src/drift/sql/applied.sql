-- Run by `migrate drift` and `migrate diff`: what has run here, of all projects, in the order in which it ran.
SELECT project, id, sql, applied_by FROM drydock.migration WHERE status = 'applied' ORDER BY applied_order
