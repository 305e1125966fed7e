-- What belongs to extensions, and the privileges that its script gave.
SELECT d.classid, d.objid, e.extname, e.oid, i.initprivs
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid
LEFT JOIN pg_init_privs i ON i.classoid = d.classid AND i.objoid = d.objid AND i.objsubid = 0
WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
