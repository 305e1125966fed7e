-- Check: Index on a column with few values
-- Severity: info
-- Cost: C0
-- Parameter: values = 4, up to how many
-- Parameter: percent = 5, the share of the rows that even the rarest value has
-- Parameter: rows = 10000, from how many rows on
-- Why: every value is in so large a part of the rows that reading the table is quicker than the index, which so is only
--   written.
-- Fix: drop it, or index only the value that is looked for: WHERE column = value.
SELECT x.label AS object,
       format('%s.%I has %s values, and the rarest is in %s %% of the rows', x.table_label, a.attname, s.n_distinct,
              round((100 * s.rarest)::numeric)) AS message,
       x.bytes, x.table_tuples::bigint AS estimated_rows,
       format('DROP INDEX CONCURRENTLY %s', x.label) AS fix
  FROM user_index x
  JOIN relation t ON t.oid = x.relid
  JOIN pg_attribute a ON a.attrelid = x.relid AND a.attnum = x.keys[1]
  JOIN LATERAL (
       SELECT p.n_distinct,
              CASE WHEN cardinality(p.most_common_freqs) = p.n_distinct
                   THEN (SELECT min(f) FROM unnest(p.most_common_freqs) f) END AS rarest
         FROM pg_stats p
        WHERE p.schemaname = t.schema AND p.tablename = t.name AND p.attname = a.attname AND NOT p.inherited) s ON true
 WHERE cardinality(x.keys) = 1 AND cardinality(x.included) = 0 AND x.method = 'btree' AND x.is_valid AND x.kind = 'i'
   AND NOT x.is_unique AND NOT x.is_partial AND NOT x.backs_constraint AND NOT x.is_partition
   AND s.n_distinct BETWEEN 1 AND {values} AND s.rarest >= {percent} / 100.0 AND x.table_tuples >= {rows}
   AND NOT EXISTS (SELECT FROM foreign_key k WHERE k.relid = x.relid AND k.child_key[1] = x.keys[1])
 ORDER BY x.bytes DESC, x.label
