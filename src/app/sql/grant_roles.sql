-- Run as the owner, after its migrations: the rights of roles that somebody has made since.
DO $$
DECLARE
    a_function regprocedure;
BEGIN
    -- Servers that start at the same moment would change the same rows of the catalog: "tuple concurrently updated".
    PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('drydock.grant_roles', 0));
    FOR a_function IN
        SELECT p.oid
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = 'platform'::regnamespace AND p.proname LIKE 'grant\_%\_roles' AND p.pronargs = 0
          AND pg_catalog.pg_has_role(current_user, p.proowner, 'USAGE')
        ORDER BY p.proname
    LOOP
        EXECUTE pg_catalog.format('SELECT %s', a_function);
    END LOOP;
END;
$$
