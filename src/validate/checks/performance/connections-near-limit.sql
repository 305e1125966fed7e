-- Check: Connections near their limit
-- Severity: warning
-- Cost: C0
-- Parameter: percent = 80, of max_connections, at least
-- Why: at the limit nobody gets in any more, and hundreds of sessions slow each other down before that.
-- Fix: a pooler in front, and smaller pools in programs; raising max_connections costs memory and a restart.
SELECT 'max_connections' AS object,
       format('%s of %s connections are taken', c.taken, c.allowed) AS message,
       c.taken, c.idle
  FROM (SELECT count(*) AS taken, count(*) FILTER (WHERE state = 'idle') AS idle,
               current_setting('max_connections')::int AS allowed
          FROM pg_stat_activity
         WHERE coalesce(backend_type = 'client backend', datid IS NOT NULL AND usesysid IS NOT NULL)) c
 WHERE c.taken >= c.allowed * {percent} / 100.0
