-- Check: Passwords that are kept as they are
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: who reads the table, a backup or a log of it has them, and tries them elsewhere. Looked at are text columns whose name
--   says password; what is told is only how long the values are.
-- Fix: keep a slow salted hash (Argon2id, scrypt, bcrypt), made by the program.
SELECT c.label AS object,
       format('{rows} of %s hold what looks like a password and not like a hash of one', c.table_label) AS message,
       c.bytes,
       format('SELECT length(c.%1$s) AS characters, count(*) AS rows FROM %2$s%3$s c{sample}'
              ' WHERE c.%1$s <> '''' AND length(c.%1$s) < 40 AND c.%1$s !~ ''^[$*{]'' AND c.%1$s !~ ''^[0-9a-fA-F]{32,}$'''
              ' AND c.%1$s !~ ''^[*x]+$'' GROUP BY 1 ORDER BY 2 DESC',
              c.quoted, CASE WHEN c.kind = 'r' THEN 'ONLY ' ELSE '' END, c.table_label) AS probe
  FROM user_column c
 WHERE c.name ~* '(^|_)(password|passwd|passphrase|pwd|passwort|kennwort)$' AND NOT c.is_partition
   AND c.type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
 ORDER BY c.bytes, c.label
