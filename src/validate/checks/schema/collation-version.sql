-- Check: Collation whose library has changed
-- Severity: critical
-- Cost: C0
-- Why: the order of texts may be another one than when the indexes were built: searches miss rows, and unique indexes let
--   duplicates in.
-- Fix: rebuild the indexes on texts of that collation, then refresh its version.
SELECT format('%I.%I', n.nspname, c.collname) AS object,
       format('collation %I was made for version %s of its library, which now is %s', c.collname, c.collversion,
              coalesce(pg_collation_actual_version(c.oid), 'without one')) AS message,
       (SELECT string_agg(DISTINCT x.label, ', ') FROM user_index x
         WHERE c.oid = ANY (string_to_array(x.collations, ' ')::oid[])) AS indexes,
       concat((SELECT string_agg(DISTINCT format(E'REINDEX INDEX CONCURRENTLY %s;\n', x.label), '') FROM user_index x
                WHERE c.oid = ANY (string_to_array(x.collations, ' ')::oid[]) AND x.kind = 'i'),
              format('ALTER COLLATION %I.%I REFRESH VERSION', n.nspname, c.collname)) AS fix
  FROM pg_collation c
  JOIN pg_namespace n ON n.oid = c.collnamespace
 WHERE c.collversion IS NOT NULL AND c.collprovider IN ('c', 'i')
   AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)
   -- The hundreds that come with the server are only told of where they are used.
   AND (n.nspname <> 'pg_catalog'
        OR EXISTS (SELECT FROM user_column u WHERE u.collation = c.oid)
        OR EXISTS (SELECT FROM user_index x WHERE c.oid = ANY (string_to_array(x.collations, ' ')::oid[])))
 ORDER BY 1
