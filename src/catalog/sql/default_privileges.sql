-- ALTER DEFAULT PRIVILEGES: without a schema they stand in for the built-in ones, with one they come on top.
WITH entry AS (
    SELECT d.*, n.nspname,
        CASE d.defaclobjtype
            WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
            WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects'
        END AS objects
    FROM pg_default_acl d
    LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
)
SELECT 'pg_default_acl'::regclass::oid AS _catalog, oid AS _oid,
    pg_get_userbyid(defaclrole) || coalesce(' in ' || nspname, '') || ' on ' || objects AS _name,
    pg_get_userbyid(defaclrole) AS owner,
    nspname AS schema,
    objects,
    defaclacl AS acl
FROM entry
