-- Check: Table without autovacuum
-- Severity: warning
-- Cost: C0
-- Why: dead rows stay, statistics grow old, and the table comes up for freezing all at once, when it hurts most. A load
--   that switched it off and failed leaves that behind.
-- Fix: switch it on again; where it disturbs, make it gentler instead.
SELECT t.label AS object,
       format('autovacuum is off for %s%s', CASE WHEN o.of_toast THEN 'the long values of ' ELSE '' END, t.label) AS message,
       t.bytes,
       format('ALTER TABLE %s RESET (%sautovacuum_enabled)', t.label, CASE WHEN o.of_toast THEN 'toast.' ELSE '' END) AS fix
  FROM user_table t
  JOIN LATERAL (
       SELECT bool_and(x.of_toast) AS of_toast
         FROM (SELECT false AS of_toast, unnest(t.options) AS option
               UNION ALL
               SELECT true, unnest(c.reloptions) FROM pg_class c WHERE c.oid = t.toast) x
        WHERE x.option ~* '^autovacuum_enabled=(false|off|no|0|f|n)$') o ON o.of_toast IS NOT NULL
 ORDER BY t.bytes DESC, t.label
