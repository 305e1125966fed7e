-- Check: Table without a comment among commented ones
-- Severity: info
-- Cost: C0
-- Why: most tables of its schema say what they are for; this one was forgotten.
-- Fix: COMMENT ON TABLE.
SELECT t.label AS object,
       format('%s has no comment; most tables of %I have one', t.label, t.schema) AS message,
       format('COMMENT ON TABLE %s IS ''...''', t.label) AS fix
  FROM user_table t
 WHERE NOT t.is_partition AND obj_description(t.oid, 'pg_class') IS NULL
   AND (SELECT count(*) FILTER (WHERE obj_description(o.oid, 'pg_class') IS NOT NULL) * 2 > count(*) AND count(*) > 2
          FROM user_table o WHERE o.schema = t.schema AND NOT o.is_partition)
 ORDER BY 1
