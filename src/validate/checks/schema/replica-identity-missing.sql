-- Check: Published table whose rows can't be told apart
-- Severity: critical
-- Cost: C0
-- Why: a publication of UPDATE or DELETE refuses these on a table without a replica identity: the application's own
--   statements fail.
-- Fix: a primary key, or a unique index as REPLICA IDENTITY; FULL as the last resort.
SELECT t.label AS object,
       format('UPDATE and DELETE on %s fail: the publication %s has it, and it has no replica identity', t.label,
              string_agg(DISTINCT quote_ident(p.pubname), ', ')) AS message,
       format('ALTER TABLE %s REPLICA IDENTITY FULL', t.label) AS fix
  FROM user_table t
  JOIN pg_class c ON c.oid = t.oid
  JOIN pg_publication_tables m ON m.schemaname = t.schema AND m.tablename = t.name
  JOIN pg_publication p ON p.pubname = m.pubname AND (p.pubupdate OR p.pubdelete)
 WHERE t.kind = 'r'
   AND (c.relreplident = 'n'
        OR (c.relreplident = 'd' AND NOT EXISTS (SELECT FROM user_index x WHERE x.relid = t.oid AND x.is_primary
                                                    AND x.is_immediate))
        OR (c.relreplident = 'i' AND NOT EXISTS (SELECT FROM user_index x WHERE x.relid = t.oid AND x.is_replident)))
 GROUP BY t.label
 ORDER BY 1
