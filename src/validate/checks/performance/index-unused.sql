-- Check: Index that no query has used
-- Severity: warning
-- Cost: C0
-- Parameter: days = 30, how old the statistics have to be
-- Parameter: bytes = 1048576, from which size on
-- Why: it costs space, cache and time at every write, and serves nobody.
-- Fix: drop it, once you know that no standby uses it and no job that runs once a quarter: each server counts for itself.
WITH statistics AS (
    SELECT extract(epoch FROM clock_timestamp() - coalesce(d.stats_reset, pg_postmaster_start_time())) / 86400 AS days
      FROM pg_stat_database d
     WHERE d.datname = current_database()
),
serves_key AS (
    SELECT k.oid AS key, x.oid AS index
      FROM foreign_key k
      JOIN user_index x ON x.relid = k.relid AND x.is_valid AND NOT x.is_partial
           AND x.keys[1:cardinality(k.child_key)] @> k.child_key
)
SELECT x.label AS object,
       format('no query has used %s of %s in %s days', x.label, x.table_label, floor(t.days)) AS message,
       x.bytes, floor(t.days) AS statistics_days,
       (SELECT n.n_tup_ins + n.n_tup_upd + n.n_tup_del FROM pg_stat_all_tables n WHERE n.relid = x.relid) AS writes,
       format('DROP INDEX CONCURRENTLY %s', x.label) AS fix
  FROM user_index x
  JOIN pg_stat_all_indexes s ON s.indexrelid = x.oid
 CROSS JOIN statistics t
 WHERE s.idx_scan = 0 AND t.days >= {days} AND x.bytes >= {bytes}
   AND x.is_valid AND x.kind = 'i' AND NOT x.is_partition
   AND NOT x.is_unique AND NOT x.is_exclusion AND NOT x.is_replident AND NOT x.backs_constraint
   -- The only index along a foreign key is used when a parent goes.
   AND NOT EXISTS (SELECT FROM serves_key k
                    WHERE k.index = x.oid
                      AND NOT EXISTS (SELECT FROM serves_key o WHERE o.key = k.key AND o.index <> x.oid))
 ORDER BY x.bytes DESC, x.label
