-- Check: Catalog row that points at nothing
-- Severity: critical
-- Cost: C2
-- Mode: probes
-- Versions: 14+
-- Why: the catalog itself is damaged: dumps, DROP and queries that come across the row end in "cache lookup failed".
-- Fix: take a dump of what can be read, and restore it into a new database; find out what broke it (a crash without
--   fsync, a disk, an UPDATE of the catalog by hand).
SELECT format('%s(%s)', f.fktable, array_to_string(f.fkcols, ', ')) AS object,
       format('{rows} of %s whose %s is not in %s', f.fktable, array_to_string(f.fkcols, ', '), f.pktable) AS message,
       format('SELECT %s FROM %s c WHERE %s NOT EXISTS (SELECT FROM %s p WHERE %s)',
              (SELECT string_agg(format('c.%I', k), ', ') FROM unnest(f.fkcols) k)
              -- Not every catalog has an oid, and those that have a name say most with it.
              || coalesce((SELECT string_agg(format(', c.%I', a.attname), '' ORDER BY a.attnum) FROM pg_attribute a
                            WHERE a.attrelid = f.fktable AND a.attnum > 0 AND NOT a.attisdropped
                              AND a.attname <> ALL (f.fkcols)
                              AND (a.attname = 'oid' OR a.atttypid = 'name'::regtype)), ''),
              f.fktable,
              CASE WHEN f.is_opt THEN (SELECT string_agg(format('c.%I <> 0 AND ', k), '') FROM unnest(f.fkcols) k)
                   ELSE '' END,
              f.pktable,
              (SELECT string_agg(format('p.%I = c.%I', n.p, n.c), ' AND ') FROM unnest(f.pkcols, f.fkcols) n(p, c)))
           AS probe
  FROM pg_get_catalog_foreign_keys() f
 WHERE NOT f.is_array
   -- Secrets and other databases' objects are not everybody's to read.
   AND has_table_privilege(f.fktable, 'SELECT') AND has_table_privilege(f.pktable, 'SELECT')
 ORDER BY 1
