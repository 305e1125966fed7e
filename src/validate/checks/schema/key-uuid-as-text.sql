-- Check: UUIDs kept as text
-- Severity: info
-- Cost: C0
-- Why: 37 bytes in place of 16 in the table and in every index and foreign key, compared by the rules of a language, and
--   anything else fits, too.
-- Fix: the type uuid.
SELECT c.label AS object,
       format('%s is %s and seems to hold UUIDs', c.label, c.type_name) AS message,
       CASE WHEN NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f'
                                AND ((k.conrelid = c.relid AND c.number = ANY (k.conkey))
                                     OR (k.confrelid = c.relid AND c.number = ANY (k.confkey))))
            THEN concat(CASE WHEN c.has_default THEN format(E'ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT;\n',
                                                            c.table_label, c.name) END,
                        format('ALTER TABLE %s ALTER COLUMN %I TYPE uuid USING %I::uuid', c.table_label, c.name, c.name),
                        CASE WHEN c.has_default THEN format(E';\nALTER TABLE %s ALTER COLUMN %I SET DEFAULT gen_random_uuid()',
                                                            c.table_label, c.name) END) END AS fix
  FROM user_column c
  LEFT JOIN pg_attrdef f ON f.adrelid = c.relid AND f.adnum = c.number
 WHERE NOT c.is_partition AND c.is_local AND c.type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
   AND (pg_get_expr(f.adbin, f.adrelid) ~ '(gen_random_uuid|uuid_generate_v[0-9]|uuidv[47])\(\)'
        OR (c.typmod IN (4 + 36, 4 + 32) AND c.name ~* '(^|_)(id|uuid|guid|key)$'))
 ORDER BY 1
