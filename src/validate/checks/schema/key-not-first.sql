-- Check: Primary key whose columns are not the first
-- Severity: info
-- Cost: C0
-- Why: people look for the key at the start of a row; deeper in it, behind texts, reading it costs a little more.
-- Fix: nothing in a table that is there; put them first in new ones.
SELECT t.label AS object,
       format('the primary key of %s is in its columns %s', t.label, array_to_string(p.places, ', ')) AS message,
       p.places AS positions
  FROM user_table t
  JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p'
 CROSS JOIN LATERAL (
       SELECT array_agg(c.place ORDER BY c.place) AS places
         FROM (SELECT u.number, row_number() OVER (ORDER BY u.number) AS place FROM user_column u WHERE u.relid = t.oid) c
        WHERE c.number = ANY (k.conkey)) p
 WHERE NOT t.is_partition AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = t.oid)
   -- A key of many columns may lie anywhere, as long as nothing stands before all of it.
   AND p.places[1] > 1
 ORDER BY 1
