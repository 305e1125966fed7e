-- Check: Sequence that doesn't fit its column
-- Severity: warning
-- Cost: C0
-- Why: a sequence that goes on beyond the column's type ends in "integer out of range" in the middle of an INSERT; one
--   that ends long before it wastes the width of the column.
-- Fix: give both the same type.
SELECT q.label AS object,
       format('%s goes to %s, its column %s.%I (%s) to %s', q.label, s.seqmax, t.label, a.attname,
              format_type(a.atttypid, NULL), m.most) AS message,
       CASE WHEN s.seqmax > m.most THEN 'warning' ELSE 'info' END AS severity,
       CASE WHEN s.seqmax > m.most THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE bigint', t.label, a.attname)
            ELSE format('ALTER SEQUENCE %s AS %s MAXVALUE %s', q.label, format_type(a.atttypid, NULL), m.most) END AS fix
  FROM relation q
  JOIN pg_sequence s ON s.seqrelid = q.oid
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = q.oid AND d.deptype IN ('a', 'i')
       AND d.refclassid = 'pg_class'::regclass
  JOIN user_table t ON t.oid = d.refobjid
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  JOIN (VALUES (21::oid, 32767::bigint), (23, 2147483647), (20, 9223372036854775807)) m(type, most) ON m.type = a.atttypid
 WHERE q.kind = 'S' AND NOT s.seqcycle AND s.seqincrement > 0
   AND (s.seqmax > m.most OR (s.seqtypid <> a.atttypid AND s.seqmax < m.most))
 ORDER BY 1
