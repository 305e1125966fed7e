-- Run as the owner, after its migrations: the rights of roles that somebody has made since.
DO $$
DECLARE
    a_function regprocedure;
BEGIN
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
