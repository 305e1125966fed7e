-- Check: Dates far from now
-- Severity: info
-- Cost: C1
-- Parameter: before = 1900, the first year that is plausible
-- Parameter: after = 2200, the last one
-- Why: the years 0018 and 20023 are typing errors; they break reports, partitions by time and programs with a smaller range.
-- Fix: mend the rows, then a check constraint with the range that is meant.
SELECT c.label AS object,
       format('%s has dates from %s to %s, by the statistics', c.label, e.least, e.most) AS message,
       e.least, e.most
  FROM user_column c
  JOIN pg_stats s ON s.schemaname = c.schema AND s.tablename = c.table_name AND s.attname = c.name AND NOT s.inherited
 CROSS JOIN LATERAL (
       SELECT min(v.value::timestamp) AS least, max(v.value::timestamp) AS most
         FROM unnest(coalesce(s.histogram_bounds::text::text[], '{}') || coalesce(s.most_common_vals::text::text[], '{}')) v(value)
        WHERE v.value NOT IN ('infinity', '-infinity')) e
 WHERE c.type IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) AND NOT c.is_partition
   AND (extract(year FROM e.least) < {before} OR extract(year FROM e.most) > {after})
 ORDER BY 1
