WITH granted AS (
    SELECT p.oid, array_agg(quote_ident(r.rolname)) AS roles
    FROM pg_policy p
    CROSS JOIN unnest(p.polroles) AS role
    JOIN pg_roles r ON r.oid = role
    GROUP BY p.oid
)
SELECT 'pg_policy'::regclass::oid AS _catalog, p.oid AS _oid, n.nspname AS _schema, c.relname AS _parent,
    p.polname AS _name,
    CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete'
        END AS command,
    CASE WHEN NOT p.polpermissive THEN 'true' END AS restrictive,
    granted.roles,
    pg_get_expr(p.polqual, p.polrelid) AS "using",
    pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN granted ON granted.oid = p.oid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
