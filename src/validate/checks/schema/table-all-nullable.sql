-- Check: Table where all but the key may be NULL
-- Severity: info
-- Cost: C0
-- Why: a row with nothing but its key is hardly ever meant; every program has to be ready for NULLs that never come.
-- Fix: NOT NULL where a value always is: not-null-candidate names such columns by what the statistics say.
SELECT t.label AS object,
       format('of %s columns of %s only the key is NOT NULL', n.columns, t.label) AS message,
       n.columns
  FROM user_table t
 CROSS JOIN LATERAL (
       SELECT count(*) AS columns,
              count(*) FILTER (WHERE c.not_null AND NOT EXISTS (
                       SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p' AND c.number = ANY (k.conkey)))
                  AS given
         FROM user_column c WHERE c.relid = t.oid) n
 WHERE n.columns >= 4 AND n.given = 0 AND NOT t.is_partition
 ORDER BY 1
