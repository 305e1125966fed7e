-- Families and classes. What a class brought stands in its CREATE; the rest was added to the family.
WITH family AS (
    SELECT f.oid, f.opfowner, f.opfname, n.nspname, am.amname
    FROM pg_opfamily f
    JOIN pg_namespace n ON n.oid = f.opfnamespace
    JOIN pg_am am ON am.oid = f.opfmethod
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), item AS (
    SELECT d.refclassid, d.refobjid, o.amopstrategy AS place, 0 AS sort,
        format('OPERATOR %s %s', o.amopstrategy, o.amopopr::regoperator)
            || coalesce(' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' || quote_ident(s.opfname), '') AS text
    FROM pg_amop o
    JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid
        AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass) AND d.deptype IN ('i', 'a')
    LEFT JOIN pg_opfamily s ON s.oid = o.amopsortfamily
    LEFT JOIN pg_namespace sn ON sn.oid = s.opfnamespace
    WHERE o.oid >= 16384
    UNION ALL
    SELECT d.refclassid, d.refobjid, p.amprocnum, 1,
        format(
            'FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
            format_type(p.amprocrighttype, NULL), p.amproc::oid::regprocedure
        )
    FROM pg_amproc p
    JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = p.oid
        AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass) AND d.deptype IN ('i', 'a')
    WHERE p.oid >= 16384
), items AS (
    SELECT refclassid, refobjid, string_agg(text, ', ' ORDER BY sort, place, text) AS text FROM item GROUP BY 1, 2
)
SELECT 'operator family' AS _kind, 'pg_opfamily'::regclass::oid AS _catalog, f.oid AS _oid, f.nspname AS _schema,
    f.opfname || ' using ' || f.amname AS _name,
    pg_get_userbyid(f.opfowner) AS owner,
    format('CREATE OPERATOR FAMILY %I.%I USING %I', f.nspname, f.opfname, f.amname)
        || coalesce(
            format(E';\nALTER OPERATOR FAMILY %I.%I USING %I ADD ', f.nspname, f.opfname, f.amname) || i.text, ''
        ) AS definition
FROM family f
LEFT JOIN items i ON i.refclassid = 'pg_opfamily'::regclass AND i.refobjid = f.oid
UNION ALL
SELECT 'operator class', 'pg_opclass'::regclass::oid, c.oid, n.nspname, c.opcname || ' using ' || am.amname,
    pg_get_userbyid(c.opcowner),
    format(
        'CREATE OPERATOR CLASS %I.%I %sFOR TYPE %s USING %I FAMILY %I.%I AS %s',
        n.nspname, c.opcname, CASE WHEN c.opcdefault THEN 'DEFAULT ' END, format_type(c.opcintype, NULL), am.amname,
        fn.nspname, f.opfname,
        concat_ws(', ', i.text, 'STORAGE ' || format_type(
            coalesce(nullif(c.opckeytype, 0), CASE WHEN i.text IS NULL THEN c.opcintype END), NULL
        ))
    )
FROM pg_opclass c
JOIN pg_namespace n ON n.oid = c.opcnamespace
JOIN pg_am am ON am.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
LEFT JOIN items i ON i.refclassid = 'pg_opclass'::regclass AND i.refobjid = c.oid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
