-- Check: Table that is much bigger than its rows
-- Severity: info
-- Cost: C0
-- Parameter: bytes = 20971520, from which size on
-- Parameter: percent = 50, of it that is free, at least
-- Why: what was deleted or updated leaves room that scans, the cache and backups pay for, until new rows fill it. This is
--   an estimate from the planner's statistics; table-bloat-exact measures.
-- Fix: VACUUM FULL gives the room back and keeps everybody out meanwhile; pg_repack and pg_squeeze do it while others
--   work. Then let autovacuum come more often.
WITH estimate AS (
    SELECT t.oid, t.label, t.bytes,
           ceil(t.tuples * (8 * ceil((24 + w.width) / 8.0) + 4)
                / ((current_setting('block_size')::int - 24)
                   * coalesce((SELECT split_part(o, '=', 2)::numeric FROM unnest(t.options) o WHERE o LIKE 'fillfactor=%'),
                              100) / 100)) AS pages
      FROM user_table t
      JOIN LATERAL (
           SELECT sum(s.avg_width * (1 - s.null_frac)) AS width, count(*) AS known,
                  count(*) FILTER (WHERE s.avg_width IS NOT NULL) AS with_statistics
             FROM pg_attribute a
             LEFT JOIN pg_stats s ON s.schemaname = t.schema AND s.tablename = t.name AND s.attname = a.attname
                  AND NOT s.inherited
            WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) w
           ON w.known = w.with_statistics AND w.known > 0
     WHERE t.kind = 'r' AND t.tuples >= 0 AND t.bytes >= {bytes}
)
SELECT e.label AS object,
       format('about %s %% of %s is free', round((100 * f.share)::numeric), e.label) AS message,
       e.bytes, round((e.bytes * f.share)::numeric) AS free_bytes,
       format('VACUUM (FULL, ANALYZE) %s', e.label) AS fix
  FROM estimate e
 CROSS JOIN LATERAL (SELECT 1 - e.pages * current_setting('block_size')::int / e.bytes AS share) f
 WHERE f.share >= {percent} / 100.0
 ORDER BY 4 DESC, e.label
