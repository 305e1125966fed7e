-- Run by the watcher while an index is built. $1 the building backend. At most one row: phase, done, total, unit.
SELECT
    phase,
    CASE WHEN tuples_total > 0 THEN tuples_done WHEN lockers_total > 0 THEN lockers_done ELSE blocks_done END,
    CASE WHEN tuples_total > 0 THEN tuples_total WHEN lockers_total > 0 THEN lockers_total ELSE blocks_total END,
    CASE WHEN tuples_total > 0 THEN 'rows' WHEN lockers_total > 0 THEN 'older transactions' ELSE 'blocks' END
FROM pg_stat_progress_create_index
WHERE pid = $1::integer
