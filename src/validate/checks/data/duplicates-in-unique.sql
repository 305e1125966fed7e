-- Check: Duplicates where a unique index does not work
-- Severity: critical
-- Cost: C4
-- Mode: probes
-- Why: a unique index that is not valid enforces nothing on what was there; one whose collation's library changed may
--   have let duplicates in.
-- Fix: merge or delete the duplicates, then rebuild the index.
SELECT x.label AS object,
       format('{rows} of %s whose values of %s should be unique are there more than once', x.table_label, x.label) AS message,
       x.table_bytes AS bytes,
       CASE WHEN x.is_valid THEN 'collation changed' ELSE 'not valid' END AS reason,
       -- The index itself must not answer.
       format('SELECT %s, count(*) AS times FROM %s c WHERE %s%s GROUP BY %s HAVING count(*) > 1',
              k.shown, CASE WHEN x.table_kind = 'p' THEN '' ELSE 'ONLY ' END || x.table_label, k.given,
              CASE WHEN x.is_partial THEN ' AND (' || pg_get_expr(i.indpred, i.indrelid) || ')' ELSE '' END, k.keys) AS probe,
       format('REINDEX INDEX CONCURRENTLY %s', x.label) AS fix
  FROM user_index x
  JOIN pg_index i ON i.indexrelid = x.oid
 CROSS JOIN LATERAL (
       SELECT string_agg(format('%s AS key_%s', e.key, e.place), ', ' ORDER BY e.place) AS shown,
              string_agg(e.key, ', ' ORDER BY e.place) AS keys,
              CASE WHEN coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) THEN 'true'
                   ELSE string_agg(e.key || ' IS NOT NULL', ' AND ' ORDER BY e.place) END AS given
         FROM (SELECT n.place,
                      CASE WHEN n.number = 0 THEN '(' || pg_get_indexdef(x.oid, n.place::int, false) || ')'
                           ELSE (SELECT CASE WHEN y.typcollation <> 0 THEN format('(c.%I || '''')', a.attname)
                                             ELSE format('c.%I', a.attname) END
                                   FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                                  WHERE a.attrelid = x.relid AND a.attnum = n.number) END AS key
                 FROM unnest(x.keys) WITH ORDINALITY n(number, place)) e) k
 WHERE x.is_unique AND x.kind = 'i'
   AND (NOT x.is_valid
        OR EXISTS (SELECT FROM pg_collation l
                    WHERE l.oid = ANY (string_to_array(x.collations, ' ')::oid[]) AND l.collversion IS NOT NULL
                      AND l.collversion IS DISTINCT FROM pg_collation_actual_version(l.oid)))
 ORDER BY x.table_bytes, 1
