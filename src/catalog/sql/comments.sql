-- By whom they belong to; a comment on one of the server's own objects belongs to nobody.
SELECT d.classoid, d.objoid, d.objsubid, d.description
FROM pg_description d
WHERE d.objoid >= 16384 OR d.classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass, 'pg_language'::regclass)
UNION ALL
SELECT s.classoid, s.objoid, 0, s.description
FROM pg_shdescription s
JOIN pg_database d ON d.oid = s.objoid AND d.datname = current_database()
WHERE s.classoid = 'pg_database'::regclass
