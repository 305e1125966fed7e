-- Run by the shadow on a server that the user named: databases of runs that were killed. A living run keeps a session
-- whose application_name is the name of its databases without the last number; every role sees that column.
SELECT d.datname
FROM pg_catalog.pg_database AS d
WHERE d.datname ~ '^drydock_shadow_[0-9a-f]{10}_[0-9]+$'
  AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_stat_activity AS a
      WHERE a.datid = d.oid OR a.application_name = pg_catalog.regexp_replace(d.datname, '_[0-9]+$', '')
  )
ORDER BY d.datname
