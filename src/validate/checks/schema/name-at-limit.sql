-- Check: Name as long as names can be
-- Severity: info
-- Cost: C0
-- Why: PostgreSQL cuts names after 63 bytes without an error, so this one may not be the one that was written, and two may
--   have become one.
-- Fix: give it a shorter name, in the migrations as well.
SELECT n.object, format('the name of %s %s is 63 bytes long: it may have been cut', n.what, n.object) AS message, n.fix
  FROM (SELECT r.label AS object,
               CASE r.kind WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view'
                           WHEN 'm' THEN 'materialized view' ELSE 'table' END AS what, r.name,
               format('ALTER %s %s RENAME TO ...',
                      CASE r.kind WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
                                  WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, r.label) AS fix
          FROM relation r
         WHERE r.kind NOT IN ('i', 'I') OR NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = r.oid
                                                          AND k.conname = r.name)
        UNION ALL
        SELECT c.label, 'column', c.name, format('ALTER TABLE %s RENAME COLUMN %I TO ...', c.table_label, c.name)
          FROM user_column c
         WHERE NOT c.is_partition
        UNION ALL
        SELECT format('%s.%I', t.label, k.conname), 'constraint', k.conname,
               format('ALTER TABLE %s RENAME CONSTRAINT %I TO ...', t.label, k.conname)
          FROM pg_constraint k JOIN user_table t ON t.oid = k.conrelid
         WHERE k.contype <> 'n') n
 WHERE octet_length(n.name) = 63
 ORDER BY 1
