-- Check: Large objects that nothing refers to
-- Severity: warning
-- Cost: C3
-- Mode: probes
-- Why: deleting the row that names a large object doesn't delete the object: they stay for ever, in each dump, too.
-- Fix: vacuumlo, or lo_unlink for each; a trigger of the extension lo keeps it from happening again.
SELECT 'large objects' AS object,
       '{rows}: large objects that no column of type oid or lo refers to' AS message,
       0 AS bytes,
       format('SELECT m.oid AS large_object, pg_get_userbyid(m.lomowner) AS owner FROM pg_largeobject_metadata m WHERE %s',
              coalesce(string_agg(format('NOT EXISTS (SELECT FROM %s c WHERE c.%I::oid = m.oid)', c.table_label, c.name),
                                  ' AND ' ORDER BY c.label), 'true')) AS probe,
       count(c.label) AS columns
  FROM (SELECT) one
  LEFT JOIN (SELECT u.* FROM user_column u JOIN pg_type y ON y.oid = u.type
              WHERE (y.oid = 'oid'::regtype OR y.typname = 'lo') AND NOT u.is_partition) c ON true
 WHERE EXISTS (SELECT FROM pg_largeobject_metadata)
HAVING count(*) > 0
