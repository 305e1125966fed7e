SELECT l.classoid, l.objoid, l.objsubid, array_agg(l.provider || ': ' || l.label)
FROM (
    SELECT classoid, objoid, objsubid, provider, label FROM pg_seclabel
    UNION ALL
    SELECT s.classoid, s.objoid, 0, s.provider, s.label
    FROM pg_shseclabel s
    JOIN pg_database d ON d.oid = s.objoid AND d.datname = current_database()
    WHERE s.classoid = 'pg_database'::regclass
) l
GROUP BY 1, 2, 3
