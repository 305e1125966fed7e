-- Run where dependencies are asked for. What leads to the server's own objects is of no interest, except to the
-- schemas and languages that a database has from its start.
SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid
FROM pg_depend
WHERE deptype IN ('n', 'a', 'i', 'P', 'S') AND objid >= 16384
    AND (refobjid >= 16384 OR refclassid IN ('pg_namespace'::regclass, 'pg_language'::regclass))
