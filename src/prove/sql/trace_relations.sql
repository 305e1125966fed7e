-- Run by a trace before and after each statement, in its own session: every relation of the user's, its file, and how
-- often it was read as a whole (in this transaction; with what was reported before, where statements end their own).
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind,
    coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),
    CASE WHEN c.relkind IN ('r', 'm', 'p') THEN pg_catalog.pg_stat_get_xact_numscans(c.oid) ELSE 0 END,
    CASE WHEN c.relkind IN ('r', 'm', 'p') THEN pg_catalog.pg_stat_get_numscans(c.oid) ELSE 0 END,
    coalesce(i.indisvalid, true)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
WHERE c.relkind IN ('r', 'm', 'p', 'i', 'I', 'S', 'v', 'f', 'c')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'drydock')
