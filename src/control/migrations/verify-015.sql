-- The new table is closed, also to its owner, and a limit of storage is kept where databases come in.
SELECT bool_and(c.relrowsecurity AND c.relforcerowsecurity) AS forced, count(*) = 1 AS there
FROM pg_class AS c
WHERE c.relnamespace = 'platform'::regnamespace AND c.relname = 'database_facts';

SELECT count(*) = 1 AS keeps_storage
FROM pg_proc AS p
WHERE p.pronamespace = 'platform'::regnamespace AND p.proname = 'keep_database_limit' AND p.prosrc LIKE '%storage_bytes%';
