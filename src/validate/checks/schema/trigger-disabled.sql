-- Check: Trigger switched off
-- Severity: warning
-- Cost: C0
-- Why: what it guards is no longer guarded. A foreign key whose triggers are off looks valid in the catalog and lets
--   anything in; ALTER TABLE … DISABLE TRIGGER ALL in a load that failed leaves that behind.
-- Fix: find out what was written meanwhile (fk-orphans looks at such keys), then switch it on.
SELECT format('%s.%I', t.label, coalesce(k.conname, min(g.tgname))) AS object,
       CASE WHEN k.oid IS NOT NULL
            THEN format('foreign key %I of %s is not enforced: triggers of it on %s are %s', k.conname, t.label,
                        string_agg(DISTINCT g.tgrelid::regclass::text, ', '),
                        CASE WHEN bool_or(g.tgenabled = 'D') THEN 'disabled' ELSE 'for replication only' END)
            ELSE format('trigger %I of %s is %s', min(g.tgname), t.label,
                        CASE WHEN bool_or(g.tgenabled = 'D') THEN 'disabled' ELSE 'for replication only' END)
       END AS message,
       CASE WHEN k.oid IS NOT NULL THEN 'critical' WHEN bool_or(g.tgenabled = 'D') THEN 'warning' ELSE 'info' END
           AS severity,
       string_agg(DISTINCT format('ALTER TABLE %s ENABLE TRIGGER %I', g.tgrelid::regclass, g.tgname), E';\n') AS fix
  FROM pg_trigger g
  LEFT JOIN pg_constraint k ON k.oid = g.tgconstraint AND k.contype = 'f'
  JOIN user_table t ON t.oid = coalesce(k.conrelid, g.tgrelid)
 WHERE g.tgenabled IN ('D', 'R') AND (k.oid IS NOT NULL OR NOT g.tgisinternal)
 GROUP BY t.label, k.oid, k.conname, CASE WHEN k.oid IS NULL THEN g.oid END
 ORDER BY 1
