-- Check: Columns in an order that wastes room
-- Severity: info
-- Cost: C0
-- Parameter: bytes = 104857600, wasted in all, at least
-- Why: a bigint begins at a multiple of 8, so one behind a boolean costs 7 bytes more, in each row.
-- Fix: in a new table: wide fixed columns first, then narrow ones, then text. It is not worth a rewrite of its own.
WITH RECURSIVE fixed AS (
    SELECT c.relid, c.table_label, c.tuples, a.attlen AS length,
           CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END AS boundary,
           row_number() OVER (PARTITION BY c.relid ORDER BY c.number) AS n,
           -- Behind the first of varying length it can't be told.
           bool_and(a.attlen > 0) OVER (PARTITION BY c.relid ORDER BY c.number) AS known
      FROM user_column c
      JOIN pg_attribute a ON a.attrelid = c.relid AND a.attnum = c.number
     WHERE c.kind = 'r' AND c.tuples > 0
),
placed (relid, n, at, waste) AS (
    SELECT f.relid, f.n, f.length::int, 0 FROM fixed f WHERE f.n = 1 AND f.known
    UNION ALL
    SELECT f.relid, f.n, p.at + (f.boundary - p.at % f.boundary) % f.boundary + f.length,
           p.waste + (f.boundary - p.at % f.boundary) % f.boundary
      FROM placed p
      JOIN fixed f ON f.relid = p.relid AND f.n = p.n + 1 AND f.known
)
SELECT t.label AS object,
       format('each row of %s has %s bytes between its columns', t.label, w.waste) AS message,
       w.waste AS bytes_each, (w.waste * t.tuples)::bigint AS bytes
  FROM (SELECT relid, max(waste) AS waste FROM placed GROUP BY relid) w
  JOIN user_table t ON t.oid = w.relid
 WHERE w.waste >= 8 AND w.waste * t.tuples >= {bytes}
 ORDER BY 4 DESC, t.label
