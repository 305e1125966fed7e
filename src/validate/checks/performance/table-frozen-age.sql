-- Check: Table that is overdue for freezing
-- Severity: warning
-- Cost: C0
-- Parameter: percent = 120, of autovacuum_freeze_max_age
-- Why: autovacuum comes to it whether it is on or not, and without pause, when the age is reached; past it, something
--   keeps it from finishing.
-- Fix: end what holds it up, then freeze it at a quiet time.
SELECT t.label AS object,
       format('the oldest row version of %s is %s transactions old; autovacuum should have come at %s', t.label,
              age(t.frozen), l.most) AS message,
       t.bytes, age(t.frozen) AS age,
       format('VACUUM (FREEZE) %s', t.label) AS fix
  FROM relation t
 CROSS JOIN LATERAL (
       SELECT least(coalesce((SELECT split_part(o, '=', 2)::bigint FROM unnest(t.options) o
                               WHERE o LIKE 'autovacuum\_freeze\_max\_age=%'), 2000000000),
                    current_setting('autovacuum_freeze_max_age')::bigint) AS most) l
 WHERE t.kind IN ('r', 'm') AND age(t.frozen) > l.most * {percent} / 100.0
 ORDER BY age(t.frozen) DESC, t.label
