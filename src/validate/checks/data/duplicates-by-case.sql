-- Check: Values that are unique only by case or spaces
-- Severity: warning
-- Cost: C4
-- Mode: probes
-- Why: "Ann@x.org" and "ann@x.org " are two users for the database and one person for everybody else: she can't log in, or
--   logs in as somebody else.
-- Fix: merge the rows, then make lower(…) unique, or the column citext.
SELECT c.label AS object,
       format('{rows} of %s differ from another one only by case or spaces in %I', c.table_label, c.name) AS message,
       c.bytes,
       format('SELECT lower(trim(c.%1$I)) AS value, count(*) AS times, min(c.%1$I) AS one, max(c.%1$I) AS other FROM %2$s c'
              ' WHERE c.%1$I IS NOT NULL GROUP BY 1 HAVING count(*) > 1', c.name, c.table_label) AS probe,
       format('CREATE UNIQUE INDEX%s ON %s (lower(%I))', CASE WHEN c.kind = 'r' THEN ' CONCURRENTLY' ELSE '' END,
              c.table_label, c.name) AS fix
  FROM user_column c
 WHERE c.type IN ('text'::regtype, 'varchar'::regtype) AND NOT c.is_partition
   AND c.name ~* '(^|_)(e?mail|email_address|login|user_?name|slug|handle|domain|hostname|iban|sku)$'
   AND EXISTS (SELECT FROM user_index x WHERE x.relid = c.relid AND x.is_unique AND x.is_valid
                  AND NOT x.is_partial AND x.keys = ARRAY[c.number])
   AND NOT EXISTS (SELECT FROM user_index x WHERE x.relid = c.relid AND x.is_unique AND x.is_valid AND x.has_expressions
                      AND pg_get_indexdef(x.oid, 1, false) ~* format('(lower|upper)\(%s', c.quoted))
 ORDER BY c.bytes, 1
