-- Casts that somebody made: one comes with each range type.
SELECT 'pg_cast'::regclass::oid AS _catalog, c.oid AS _oid,
    format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL) AS _name,
    format(
        'CREATE CAST (%s AS %s) %s%s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL),
        CASE c.castmethod
            WHEN 'i' THEN 'WITH INOUT' WHEN 'b' THEN 'WITHOUT FUNCTION'
            ELSE 'WITH FUNCTION ' || c.castfunc::regprocedure::text
        END,
        CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END
    ) AS definition
FROM pg_cast c
LEFT JOIN pg_depend d ON d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i'
WHERE c.oid >= 16384 AND d.objid IS NULL
