-- Check: Primary key that has a meaning
-- Severity: info
-- Cost: C0
-- Why: a name, a code or an address as the key changes one day, and with it every row that points at it.
-- Fix: a key without a meaning, and a unique constraint on this one. Lists of codes that never change are fine.
SELECT t.label AS object,
       format('the primary key of %s is %s (%s), which means something', t.label, a.attname,
              format_type(a.atttypid, a.atttypmod)) AS message,
       (SELECT count(*) FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = t.oid) AS referenced_by
  FROM user_table t
  JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p' AND cardinality(k.conkey) = 1
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]
 WHERE NOT t.is_partition AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'date'::regtype)
   AND a.attname ~* '(^|_)(name|email|mail|login|phone|address|title|date|iban|ssn|plate)$'
   AND EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = t.oid)
 ORDER BY 1
