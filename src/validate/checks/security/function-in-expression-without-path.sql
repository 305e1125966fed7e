-- Check: Function of an index or constraint without a search_path of its own
-- Severity: info
-- Cost: C0
-- Why: VACUUM, REINDEX and restores run it with an empty search_path: names that it looks up in public are not found then,
--   or found where somebody else put them.
-- Fix: set its search_path, or write its names with their schema.
SELECT DISTINCT format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)) AS object,
       format('%I.%I is used by an index, a constraint or a column of %s and looks names up where its caller says', s.name,
              p.proname, min(u.label) OVER (PARTITION BY p.oid)) AS message,
       format('ALTER FUNCTION %I.%I(%s) SET search_path = %I, pg_temp', s.name, p.proname,
              pg_get_function_identity_arguments(p.oid), s.name) AS fix
  FROM pg_proc p
  JOIN user_schema s ON s.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('c', 'internal')
  JOIN LATERAL (
       SELECT coalesce(t.label, x.table_label) AS label
         FROM pg_depend d
         LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
         LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
         LEFT JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum AND a.attgenerated <> ''
         LEFT JOIN user_table t ON t.oid = coalesce(k.conrelid, a.attrelid)
         LEFT JOIN user_index x ON d.classid = 'pg_class'::regclass AND x.oid = d.objid
        WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
          AND (t.oid IS NOT NULL OR x.oid IS NOT NULL)) u ON true
 WHERE NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search\_path=%')
   AND NOT (l.lanname = 'sql' AND to_jsonb(p) ->> 'prosqlbody' IS NOT NULL)
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1
