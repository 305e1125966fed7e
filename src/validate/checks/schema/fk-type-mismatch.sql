-- Check: Foreign key between columns of different types
-- Severity: warning
-- Cost: C0
-- Why: a narrower column can't hold every key of its parent (int against bigint ends with "out of range"), and
--   comparing two types can keep an index from being used.
-- Fix: give the referencing column the type of the key. That rewrites the table: plan it.
SELECT format('%s.%I', k.child_label, a.attname) || ' -> ' || format('%s.%I', k.parent_label, b.attname) AS object,
       format('%s.%I is %s, but %s.%I, which it references, is %s', k.child_label, a.attname,
              format_type(a.atttypid, a.atttypmod), k.parent_label, b.attname,
              format_type(b.atttypid, b.atttypmod)) AS message,
       k.name AS constraint,
       CASE WHEN (a.atttypid, b.atttypid) IN ((21, 23), (21, 20), (23, 20)) THEN 'warning' ELSE 'info' END AS severity,
       format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', k.child_label, a.attname,
              format_type(b.atttypid, b.atttypmod)) AS fix
  FROM foreign_key k
 CROSS JOIN LATERAL unnest(k.child_key, k.parent_key) AS n(child, parent)
  JOIN pg_attribute a ON a.attrelid = k.relid AND a.attnum = n.child
  JOIN pg_attribute b ON b.attrelid = k.parent AND b.attnum = n.parent
 WHERE a.atttypid <> b.atttypid
 ORDER BY 1
