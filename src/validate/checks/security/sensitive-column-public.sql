-- Check: Sensitive column that every role may read
-- Severity: critical
-- Cost: C0
-- Why: its name says that it is personal or secret, and PUBLIC may read the table.
-- Fix: revoke it; show what others need in a view without the column.
SELECT c.label AS object,
       format('every role may read %s', c.label) AS message,
       format('REVOKE SELECT ON %s FROM PUBLIC', c.table_label) AS fix
  FROM user_column c
 WHERE c.name ~* ('(^|_)(password|passwd|secret|token|api_?key|private_?key|ssn|social_security|iban|credit_card|card_number'
                  '|cvv|tax_id|passport|date_of_birth|birth_?date|medical|diagnosis|salary)($|_)')
   AND has_column_privilege('public', c.relid, c.number, 'SELECT')
   AND has_schema_privilege('public', (SELECT t.schema_oid FROM user_table t WHERE t.oid = c.relid), 'USAGE')
   AND NOT (SELECT t.row_security FROM user_table t WHERE t.oid = c.relid)
 ORDER BY c.label
