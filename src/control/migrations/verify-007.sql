-- On every tenant's table: forced, one restrictive policy for everything, and none that lets all rows pass.
SELECT c.relrowsecurity AND c.relforcerowsecurity AS forced,
       (SELECT count(*) = 1 FROM pg_catalog.pg_policy AS p
        WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}') AS restricted,
       NOT EXISTS (
           SELECT FROM pg_catalog.pg_policy AS p
           WHERE p.polrelid = c.oid
             AND (p.polname LIKE '%\_permissive'
                  OR pg_get_expr(p.polqual, p.polrelid) = 'true'
                  OR pg_get_expr(p.polwithcheck, p.polrelid) = 'true')) AS nothing_left_open
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = 'platform'::pg_catalog.regnamespace
  AND c.relkind IN ('r', 'p')
  AND c.relname NOT IN ('plans', 'permissions', 'role_permissions', 'settings', 'master_keys');

-- A permission that a policy asks for exists; a misspelt one would silently allow nobody.
SELECT EXISTS (SELECT FROM platform.permissions AS k WHERE k.name = m[1]) AS permission_exists
FROM pg_catalog.pg_policy AS p
CROSS JOIN LATERAL regexp_matches(
    concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)),
    $re$current_user_can\('([^']+)'$re$, 'g') AS m
WHERE p.polrelid::pg_catalog.regclass::text LIKE 'platform.%';
