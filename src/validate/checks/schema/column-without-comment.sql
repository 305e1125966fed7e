-- Check: Columns without a comment beside commented ones
-- Severity: info
-- Cost: C0
-- Why: most columns of the table say what they hold; these were forgotten.
-- Fix: COMMENT ON COLUMN.
SELECT t.label AS object,
       format('columns of %s without a comment, where most have one: %s', t.label, n.without) AS message,
       n.fix
  FROM user_table t
 CROSS JOIN LATERAL (
       SELECT count(*) AS columns, count(col_description(t.oid, c.number)) AS commented,
              string_agg(c.quoted, ', ' ORDER BY c.number) FILTER (WHERE col_description(t.oid, c.number) IS NULL) AS without,
              string_agg(format('COMMENT ON COLUMN %s IS ''...''', c.label), E';\n' ORDER BY c.number)
                  FILTER (WHERE col_description(t.oid, c.number) IS NULL) AS fix
         FROM user_column c WHERE c.relid = t.oid) n
 WHERE NOT t.is_partition AND n.commented < n.columns AND n.commented * 2 > n.columns
 ORDER BY 1
