-- Whole extensions: what belongs to them is left out (members.sql).
SELECT 'pg_extension'::regclass::oid AS _catalog, e.oid AS _oid, e.extname AS _name,
    pg_get_userbyid(e.extowner) AS owner,
    n.nspname AS schema,
    e.extversion AS version
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
