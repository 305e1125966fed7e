-- Check: Name that always needs quotes
-- Severity: info
-- Cost: C0
-- Why: a capital letter, a space or a reserved word in a name has to be quoted in every statement and in every tool; one
--   that forgets it finds nothing, or something else.
-- Fix: rename it to small letters, digits and underscores.
SELECT n.object, format('%s %s needs quotes wherever it is written', n.what, n.object) AS message, n.fix
  FROM (SELECT r.label AS object, 'relation' AS what, r.name, format('ALTER TABLE %s RENAME TO ...', r.label) AS fix
          FROM relation r WHERE r.kind IN ('r', 'p', 'v', 'm', 'f') AND NOT r.is_partition
        UNION ALL
        SELECT c.label, 'column', c.name, format('ALTER TABLE %s RENAME COLUMN %I TO ...', c.table_label, c.name)
          FROM user_column c WHERE NOT c.is_partition
        UNION ALL
        SELECT format('%I', s.name), 'schema', s.name, format('ALTER SCHEMA %I RENAME TO ...', s.name)
          FROM user_schema s) n
 WHERE quote_ident(n.name) <> n.name
 ORDER BY 1
