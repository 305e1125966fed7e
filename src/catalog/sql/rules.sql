-- Rules, without those that make a view a view.
SELECT 'pg_rewrite'::regclass::oid AS _catalog, r.oid AS _oid, n.nspname AS _schema, c.relname AS _parent,
    r.rulename AS _name,
    rtrim(pg_get_ruledef(r.oid), ';') AS definition,
    CASE r.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
