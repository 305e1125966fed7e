-- Check: Index with a moment before other columns
-- Severity: info
-- Cost: C0
-- Why: a moment is asked for as a range, and behind a range the later columns of an index no longer narrow the search.
-- Fix: an index with the columns that are compared with = first and the moment last.
SELECT x.label AS object,
       format('index %s of %s has %I (%s) before other columns', x.label, x.table_label, a.attname,
              format_type(a.atttypid, NULL)) AS message,
       x.bytes,
       format('CREATE INDEX%s ON %s (%s, %I)', CASE WHEN x.table_kind = 'p' THEN '' ELSE ' CONCURRENTLY' END, x.table_label,
              (SELECT string_agg(format('%I', o.attname), ', ' ORDER BY k.place)
                 FROM unnest(x.keys) WITH ORDINALITY k(number, place)
                 JOIN pg_attribute o ON o.attrelid = x.relid AND o.attnum = k.number
                WHERE k.number <> a.attnum), a.attname) AS fix
  FROM user_index x
 CROSS JOIN LATERAL unnest(x.keys) WITH ORDINALITY n(number, place)
  JOIN pg_attribute a ON a.attrelid = x.relid AND a.attnum = n.number
 WHERE x.is_valid AND NOT x.is_unique AND x.method = 'btree' AND NOT x.has_expressions AND NOT x.is_partition
   AND n.place < cardinality(x.keys) AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)
   -- Sorted by it and asked for by nothing else, such an index is right: a second column then only breaks ties.
   AND NOT (n.place = 1 AND cardinality(x.keys) = 2
            AND EXISTS (SELECT FROM user_index p WHERE p.relid = x.relid AND p.is_primary AND p.keys = x.keys[2:2]))
   AND NOT EXISTS (SELECT FROM user_index o WHERE o.relid = x.relid AND o.is_valid AND NOT o.is_partial AND o.oid <> x.oid
                      AND o.keys[cardinality(o.keys)] = a.attnum AND o.keys @> x.keys)
 ORDER BY x.bytes DESC, 1
