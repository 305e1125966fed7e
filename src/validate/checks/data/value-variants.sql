-- Check: Values that differ only by case or spaces
-- Severity: info
-- Cost: C1
-- Why: a column with few values has "Active" and "active": each query and each program finds a part of what it looks for.
-- Fix: write them the same, then keep them so: an enum, a check, or a table of what is allowed.
SELECT c.label AS object,
       format('%s has values that differ only by case or spaces: %s', c.label, v.variants) AS message,
       s.n_distinct AS distinct_by_statistics
  FROM user_column c
  JOIN pg_stats s ON s.schemaname = c.schema AND s.tablename = c.table_name AND s.attname = c.name AND NOT s.inherited
 CROSS JOIN LATERAL (
       SELECT string_agg(g.values, '; ' ORDER BY g.values) AS variants
         FROM (SELECT string_agg(quote_literal(m.value), ', ' ORDER BY m.value) AS values
                 FROM unnest(s.most_common_vals::text::text[]) AS m(value)
                WHERE trim(m.value) <> ''
                GROUP BY lower(trim(m.value)) HAVING count(*) > 1) g) v
 WHERE c.type IN ('text'::regtype, 'varchar'::regtype) AND NOT c.is_partition
   AND s.n_distinct BETWEEN 0 AND 50 AND v.variants IS NOT NULL
 ORDER BY 1
