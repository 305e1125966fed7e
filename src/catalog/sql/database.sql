-- The database itself: what it was made with, its settings for everybody and for single roles.
WITH setting AS (
    SELECT array_agg(
        coalesce(quote_ident(r.rolname) || ': ', '') || item
        ORDER BY r.rolname NULLS FIRST, item
    ) AS items
    FROM pg_db_role_setting s
    JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()
    CROSS JOIN unnest(s.setconfig) AS item
    LEFT JOIN pg_roles r ON r.oid = s.setrole
)
SELECT 'pg_database'::regclass::oid AS _catalog, d.oid AS _oid, '' AS _name,
    pg_get_userbyid(d.datdba) AS owner,
    d.datacl AS acl,
    acldefault('d', d.datdba) AS _acl_default,
    pg_encoding_to_char(d.encoding) AS encoding,
    d.datcollate AS "collate",
    d.datctype AS ctype,
    CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END AS locale_provider,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
    nullif(t.spcname, 'pg_default') AS tablespace,
    nullif(d.datconnlimit, -1) AS connection_limit,
    setting.items AS settings
FROM pg_database d
JOIN pg_tablespace t ON t.oid = d.dattablespace
CROSS JOIN setting
WHERE d.datname = current_database()
