-- Check: Index that is not valid
-- Severity: warning
-- Cost: C0
-- Why: a CREATE or REINDEX … CONCURRENTLY that failed leaves an index that no query uses and every write pays for. A
--   unique one lets duplicates in that were there before.
-- Fix: build it anew, or drop it where a valid twin is there.
WITH twins AS (
    SELECT i.*, (SELECT min(o.label) FROM user_index o
                  WHERE o.relid = i.relid AND o.oid <> i.oid AND o.is_valid AND o.keys = i.keys
                    AND o.classes = i.classes AND o.method = i.method
                    AND o.predicate IS NOT DISTINCT FROM i.predicate
                    AND o.expressions IS NOT DISTINCT FROM i.expressions) AS twin
      FROM user_index i
     WHERE NOT (i.is_valid AND i.is_ready AND i.is_live) AND i.kind = 'i'
       AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.oid)
)
SELECT i.label AS object,
       format('index %s of %s is not %s%s', i.label, i.table_label,
              CASE WHEN i.is_ready THEN 'valid' ELSE 'finished' END,
              CASE WHEN i.twin IS NOT NULL THEN format('; %s, which is valid, does its work', i.twin) ELSE '' END) AS message,
       CASE WHEN i.is_unique AND i.twin IS NULL THEN 'critical' ELSE 'warning' END AS severity,
       i.twin AS valid_twin, i.bytes,
       CASE WHEN i.twin IS NOT NULL OR i.name ~ '_ccnew[0-9]*$' OR i.name ~ '_ccold[0-9]*$'
            THEN format('DROP INDEX CONCURRENTLY %s', i.label)
            ELSE format('REINDEX INDEX CONCURRENTLY %s', i.label) END AS fix
  FROM twins i
 ORDER BY i.label
