-- Run where dependencies are asked for. Rows of the catalog that are no objects of a snapshot, and whom they stand
-- for: a view's rule for its view, a default for its column, a row type or array for what it is made of …
SELECT 'pg_rewrite'::regclass::oid, oid, 'pg_class'::regclass::oid, ev_class, 0
FROM pg_rewrite WHERE rulename = '_RETURN' AND oid >= 16384
UNION ALL
SELECT 'pg_attrdef'::regclass, oid, 'pg_class'::regclass, adrelid, adnum FROM pg_attrdef
UNION ALL
SELECT 'pg_type'::regclass, t.oid, 'pg_class'::regclass, c.oid, 0
FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE c.relkind <> 'c' AND t.oid >= 16384
UNION ALL
SELECT 'pg_type'::regclass, typarray, 'pg_type'::regclass, oid, 0
FROM pg_type WHERE typarray <> 0 AND oid >= 16384
UNION ALL
SELECT 'pg_class'::regclass, typrelid, 'pg_type'::regclass, t.oid, 0
FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE c.relkind = 'c' AND t.oid >= 16384
UNION ALL
SELECT 'pg_type'::regclass, rngmultitypid, 'pg_type'::regclass, rngtypid, 0 FROM pg_range WHERE rngtypid >= 16384  -- 14+
UNION ALL  -- 14+
SELECT 'pg_class'::regclass, reltoastrelid, 'pg_class'::regclass, oid, 0
FROM pg_class WHERE reltoastrelid <> 0 AND oid >= 16384
UNION ALL
SELECT 'pg_trigger'::regclass, oid, 'pg_constraint'::regclass, tgconstraint, 0
FROM pg_trigger WHERE tgconstraint <> 0 AND tgisinternal
UNION ALL
-- The functions and the cast that come with a range type; what stands in a class, or was added to its family.
SELECT classid, objid, refclassid, refobjid, 0
FROM pg_depend
WHERE objid >= 16384
    AND (
        (classid IN ('pg_proc'::regclass, 'pg_cast'::regclass) AND refclassid = 'pg_type'::regclass AND deptype = 'i')
        OR (
            classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass)
            AND refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass) AND deptype IN ('i', 'a')
        )
    )
UNION ALL
SELECT 'pg_publication_rel'::regclass, oid, 'pg_publication'::regclass, prpubid, 0 FROM pg_publication_rel
UNION ALL  -- 15+
SELECT 'pg_publication_namespace'::regclass, oid, 'pg_publication'::regclass, pnpubid, 0 FROM pg_publication_namespace  -- 15+
UNION ALL
SELECT 'pg_constraint'::regclass, tgconstraint, 'pg_trigger'::regclass, oid, 0
FROM pg_trigger WHERE tgconstraint <> 0 AND NOT tgisinternal
UNION ALL
SELECT 'pg_constraint'::regclass, oid, 'pg_class'::regclass, conrelid, conkey[1]
FROM pg_constraint WHERE contype = 'n' AND conrelid <> 0
