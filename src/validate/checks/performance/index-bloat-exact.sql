-- Check: Index with half-empty pages, measured
-- Severity: info
-- Cost: C3
-- Mode: probes
-- Requires: extension pgstattuple
-- Parameter: bytes = 10485760, from which size on
-- Parameter: percent = 40, that its leaf pages are filled, less than
-- Why: pages that are half empty after deletes are read, cached and backed up like full ones.
-- Fix: build it anew; others go on working meanwhile.
SELECT x.label AS object,
       format('the pages of %s, index of %s, are less than {percent} %% filled', x.label, x.table_label) AS message,
       x.bytes,
       format('SELECT avg_leaf_density AS percent_filled, leaf_fragmentation, index_size FROM %I.pgstatindex(%s::regclass)'
              ' WHERE avg_leaf_density < {percent}', n.nspname, x.oid) AS probe,
       format('REINDEX INDEX CONCURRENTLY %s', x.label) AS fix
  FROM user_index x
  JOIN pg_extension e ON e.extname = 'pgstattuple'
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE x.method = 'btree' AND x.kind = 'i' AND x.is_valid AND x.bytes >= {bytes}
 ORDER BY x.bytes DESC, x.label
