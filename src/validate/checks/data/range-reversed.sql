-- Check: Rows that end before they begin
-- Severity: warning
-- Cost: C3
-- Mode: probes
-- Why: the two columns are named as the ends of a range; a row with the end first is found by no query that looks for a
--   moment, or by too many.
-- Fix: mend the rows, then a check constraint that the one is not after the other.
SELECT format('%s.%s, %s', a.table_label, a.quoted, b.quoted) AS object,
       format('{rows} of %s where %s is after %s', a.table_label, a.quoted, b.quoted) AS message,
       a.bytes,
       format('SELECT %s FROM %s c{sample} WHERE c.%I > c.%I',
              concat_ws(', ', r.columns, format('c.%I, c.%I', a.name, b.name)), a.table_label, a.name, b.name) AS probe,
       format('ALTER TABLE %s ADD CHECK (%I <= %I) NOT VALID', a.table_label, a.name, b.name) AS fix
  FROM user_column a
  JOIN (VALUES ('start', 'end'), ('starts', 'ends'), ('started', 'ended'), ('started', 'finished'), ('begin', 'end'),
               ('from', 'to'), ('from', 'until'), ('valid_from', 'valid_to'), ('valid_from', 'valid_until'), ('min', 'max'),
               ('opened', 'closed'), ('created', 'deleted'), ('lower', 'upper'), ('first', 'last')) w(one, other)
    ON a.name ~* ('(^|_)' || w.one || '($|_)')
  JOIN user_column b ON b.relid = a.relid AND b.number <> a.number AND b.type = a.type
                    AND lower(b.name) = regexp_replace(lower(a.name), '(^|_)' || w.one || '($|_)', '\1' || w.other || '\2')
  LEFT JOIN row_name r ON r.relid = a.relid
 WHERE NOT a.is_partition
   AND a.type IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype, 'time'::regtype, 'int4'::regtype,
                  'int8'::regtype, 'int2'::regtype, 'numeric'::regtype, 'float8'::regtype)
   -- A constraint that names both says it already.
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.relid AND k.contype = 'c'
                      AND k.conkey @> ARRAY[a.number, b.number])
 GROUP BY a.table_label, a.quoted, b.quoted, a.bytes, r.columns, a.name, b.name
 ORDER BY a.bytes, 1
