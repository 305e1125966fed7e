-- The history is closed, also to its owner, and only its own days belong to it.
SELECT c.relrowsecurity AND c.relforcerowsecurity AS forced,
       NOT EXISTS (
           SELECT FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS p ON p.oid = i.inhrelid
           WHERE i.inhparent = c.oid AND NOT (p.relrowsecurity AND p.relforcerowsecurity)) AS partitions_forced
FROM pg_catalog.pg_class AS c
WHERE c.oid = 'platform.database_health'::pg_catalog.regclass;
