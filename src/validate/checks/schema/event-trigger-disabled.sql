-- Check: Event trigger switched off
-- Severity: warning
-- Cost: C0
-- Why: what it guards or records is no longer guarded or recorded.
-- Fix: switch it on, or drop it.
SELECT format('%I', e.evtname) AS object,
       format('the event trigger %I (%s) is %s', e.evtname, e.evtevent,
              CASE e.evtenabled WHEN 'D' THEN 'disabled' ELSE 'for replication only' END) AS message,
       format('ALTER EVENT TRIGGER %I ENABLE', e.evtname) AS fix
  FROM pg_event_trigger e
 WHERE e.evtenabled IN ('D', 'R')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid
                      AND d.deptype = 'e')
 ORDER BY 1
