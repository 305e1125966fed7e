-- Check: No partition for what comes next
-- Severity: critical
-- Cost: C0
-- Parameter: days = 3, how far ahead partitions by time must reach
-- Why: the first row after the last partition is refused, or lands in the default partition, where it is in the way of
--   the partition that is made too late.
-- Fix: make the next partitions now, and let something make them in time.
SELECT r.label AS object,
       format('the last partition of %s ends at %s', r.label, r.last_end) AS message,
       CASE WHEN r.has_default OR r.last_end > now()::timestamp THEN 'warning' ELSE 'critical' END AS severity,
       r.has_default,
       format('CREATE TABLE ... PARTITION OF %s FOR VALUES FROM (%L) TO (...)', r.label, r.last_end) AS fix
  FROM (SELECT t.label, bool_or(b.bound = 'DEFAULT') AS has_default, bool_or(b.bound ~ 'TO \(MAXVALUE') AS to_the_end,
               -- 'infinity' and the last of all ends alike
               max((regexp_match(b.bound, 'TO \(''([^'']+)''\)$'))[1]::timestamp) AS last_end
          FROM user_table t
          JOIN pg_partitioned_table p ON p.partrelid = t.oid AND p.partstrat = 'r' AND p.partnatts = 1
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = p.partattrs[0]
                             AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
          JOIN pg_inherits i ON i.inhparent = t.oid
          JOIN pg_class c ON c.oid = i.inhrelid
         CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS b(bound)
         GROUP BY t.label) r
 WHERE r.last_end < now()::timestamp + {days} * interval '1 day' AND NOT r.to_the_end
   -- What ended long ago is an archive.
   AND r.last_end > now()::timestamp - interval '400 days'
 ORDER BY 1
