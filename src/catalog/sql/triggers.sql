-- Triggers that somebody made, and the copies that partitions have of them (which PostgreSQL 13 and 14 count among
-- their own). Those of foreign keys are seen as an aspect of the key.
SELECT 'pg_trigger'::regclass::oid AS _catalog, t.oid AS _oid, n.nspname AS _schema, c.relname AS _parent,
    t.tgname AS _name,
    pg_get_triggerdef(t.oid) AS definition,
    CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled,
    parent.tgname AS parent_trigger
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger parent ON parent.oid = t.tgparentid
WHERE (NOT t.tgisinternal OR (t.tgparentid <> 0 AND t.tgconstraint = 0))
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
