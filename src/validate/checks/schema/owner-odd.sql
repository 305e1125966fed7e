-- Check: Object that another role owns than its neighbours
-- Severity: info
-- Cost: C0
-- Why: the role that migrates can't change it, and default privileges of the usual owner don't apply to it. A table made
--   by hand, as a superuser, is like that.
-- Fix: give it to the role that owns the rest of the schema.
WITH owners AS (
    SELECT r.schema, r.owner, count(*) AS objects, sum(count(*)) OVER (PARTITION BY r.schema) AS of_schema
      FROM relation r
     WHERE r.kind IN ('r', 'p', 'v', 'm', 'S', 'f')
     GROUP BY r.schema, r.owner
),
usual AS (
    SELECT o.schema, o.owner FROM owners o WHERE o.objects * 10 >= o.of_schema * 7 AND o.of_schema >= 3
)
SELECT r.label AS object,
       format('%s is of %s; most of the schema %I is of %s', r.label, pg_get_userbyid(r.owner), r.schema,
              pg_get_userbyid(u.owner)) AS message,
       format('ALTER %s %s OWNER TO %I', CASE r.kind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                                     WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
              r.label, pg_get_userbyid(u.owner)) AS fix
  FROM relation r
  JOIN usual u ON u.schema = r.schema AND u.owner <> r.owner
 WHERE r.kind IN ('r', 'p', 'v', 'm', 'S', 'f')
   -- A sequence that a column owns follows its table.
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid
                      AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass)
 ORDER BY 1
