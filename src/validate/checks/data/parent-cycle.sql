-- Check: Rows that are their own ancestors
-- Severity: warning
-- Cost: C4
-- Mode: probes
-- Versions: 14+
-- Why: a table that refers to itself is a tree, and a cycle in it never ends: recursive queries run until the memory is gone.
-- Fix: cut the cycle at one row; a trigger that looks for it keeps it from coming back.
SELECT k.label AS object,
       format('{rows} of %s are their own ancestors along (%s)', k.child_label, k.child_columns) AS message,
       k.child_bytes AS bytes,
       -- Rows without a parent lead nowhere: what is left after they are taken off, again and again, would be the cycles;
       -- following each row upwards finds them, with paths that end where they meet themselves.
       format('WITH RECURSIVE up (start, at, depth) AS ('
              'SELECT c.%1$s, c.%2$s, 1 FROM %3$s c WHERE c.%2$s IS NOT NULL'
              ' UNION ALL SELECT u.start, c.%2$s, u.depth + 1 FROM up u JOIN %3$s c ON c.%1$s = u.at'
              ' WHERE c.%2$s IS NOT NULL AND u.at <> u.start AND u.depth < 1000)'
              ' SELECT DISTINCT u.start AS %1$s, u.depth AS cycle_of FROM up u WHERE u.at = u.start',
              k.parent_columns, k.child_columns, k.child_label) AS probe
  FROM foreign_key k
  JOIN pg_attribute a ON a.attrelid = k.relid AND a.attnum = k.child_key[1]
 WHERE k.relid = k.parent AND cardinality(k.child_key) = 1 AND a.atttypid < 16384 AND k.child_key <> k.parent_key
 ORDER BY k.child_bytes, k.label
