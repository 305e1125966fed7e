-- Check: Column of a type that is rarely meant
-- Severity: info
-- Cost: C0
-- Why: timestamp without time zone doesn't say which moment it is; money depends on a setting of the session; char(n)
--   pads with spaces; json can't be compared or indexed; real and double precision round amounts.
-- Fix: timestamptz, numeric, text, jsonb. Most of these rewrite the table: plan it.
SELECT c.label AS object,
       format('%s is %s: %s', c.label, c.type_name, a.advice) AS message,
       CASE WHEN a.fix <> '' THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', c.table_label, c.name, a.fix) END AS fix
  FROM user_column c
 CROSS JOIN LATERAL (
       SELECT CASE c.type
                  WHEN 'timestamp'::regtype THEN 'it does not say which moment it means'
                  WHEN 'timetz'::regtype THEN 'an offset without a date means little'
                  WHEN 'money'::regtype THEN 'what it shows and takes depends on lc_monetary'
                  WHEN 'bpchar'::regtype THEN 'it is filled up with spaces'
                  WHEN 'json'::regtype THEN 'it can''t be compared, grouped or indexed'
                  ELSE 'amounts are rounded' END AS advice,
              CASE c.type
                  WHEN 'timestamp'::regtype THEN 'timestamptz'
                  WHEN 'money'::regtype THEN 'numeric'
                  WHEN 'bpchar'::regtype THEN 'text'
                  WHEN 'json'::regtype THEN 'jsonb'
                  WHEN 'timetz'::regtype THEN 'time'
                  ELSE 'numeric' END AS fix) a
 WHERE NOT c.is_partition AND c.is_local
   AND (c.type IN ('timestamp'::regtype, 'timetz'::regtype, 'money'::regtype, 'json'::regtype)
        OR (c.type = 'bpchar'::regtype AND c.typmod > 4 + 1)
        OR (c.type IN ('float4'::regtype, 'float8'::regtype)
            AND c.name ~* '(^|_)(price|amount|total|cost|balance|salary|fee|tax|vat|discount)($|_)'))
 ORDER BY 1
