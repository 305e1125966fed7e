-- The tables of tenants are closed, also to their owner; the functions with their owner's rights are not for everybody.
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) AS forced, count(*) = 2 AS both
FROM pg_class AS c
WHERE c.relnamespace = 'platform'::regnamespace AND c.relname IN ('credential_rotations', 'database_rights');

SELECT NOT EXISTS (
    SELECT FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE p.pronamespace = 'platform'::regnamespace AND p.proname IN ('set_sealing_key', 'retire_master_key')
        AND a.grantee = 0) AS not_for_everybody;
