-- Names that begin with pg_ are the server's own.
SELECT 'pg_namespace'::regclass::oid AS _catalog, n.oid AS _oid, n.nspname AS _name,
    pg_get_userbyid(n.nspowner) AS owner,
    n.nspacl AS acl,
    CASE WHEN n.nspacl IS NOT NULL THEN acldefault('n', n.nspowner) END AS _acl_default
FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
