-- Check: Index that is much bigger than its entries
-- Severity: info
-- Cost: C0
-- Parameter: bytes = 10485760, from which size on
-- Parameter: percent = 50, of it that is free, at least
-- Why: pages that are half empty after deletes are read, cached and backed up like full ones. This is an estimate from the
--   planner's statistics, and a low one: entries that are equal are kept once. index-bloat-exact measures.
-- Fix: build it anew; others go on working meanwhile.
WITH estimate AS (
    SELECT x.oid, x.label, x.table_label, x.bytes,
           1 + ceil(x.table_tuples * (12 + 8 * ceil(w.width / 8.0))
                    / ((current_setting('block_size')::int - 40) * 0.9)) * 1.02 AS pages
      FROM user_index x
      JOIN relation t ON t.oid = x.relid
      JOIN LATERAL (
           SELECT sum(s.avg_width * (1 - s.null_frac)) AS width, count(*) AS known
             FROM unnest(x.keys || x.included) AS k(number)
             JOIN pg_attribute a ON a.attrelid = x.relid AND a.attnum = k.number
             JOIN pg_stats s ON s.schemaname = t.schema AND s.tablename = t.name AND s.attname = a.attname
                  AND NOT s.inherited) w ON w.known = cardinality(x.keys) + cardinality(x.included)
     WHERE x.method = 'btree' AND x.kind = 'i' AND x.is_valid AND NOT x.is_partial AND NOT x.has_expressions
       AND x.table_tuples >= 0 AND x.bytes >= {bytes}
)
SELECT e.label AS object,
       format('about %s %% of %s, index of %s, is free', round((100 * f.share)::numeric), e.label, e.table_label) AS message,
       e.bytes, round((e.bytes * f.share)::numeric) AS free_bytes,
       format('REINDEX INDEX CONCURRENTLY %s', e.label) AS fix
  FROM estimate e
 CROSS JOIN LATERAL (SELECT 1 - e.pages * current_setting('block_size')::int / e.bytes AS share) f
 WHERE f.share >= {percent} / 100.0
 ORDER BY 4 DESC, e.label
