-- Check: Sequence near its end
-- Severity: warning
-- Cost: C0
-- Parameter: percent = 50, of its values given out, at least
-- Why: at its end, or at the end of what its column holds, each insert fails.
-- Fix: make column and sequence bigint while there is time.
SELECT q.label AS object,
       format('%s has given out %s %% of its values%s', q.label, round(100 * u.share, 1),
              CASE WHEN o.most < s.seqmax THEN format(' that %s holds', o.label) ELSE '' END) AS message,
       CASE WHEN u.share >= 0.8 THEN 'critical' ELSE 'warning' END AS severity,
       pg_sequence_last_value(q.oid) AS last_value, least(s.seqmax, o.most) AS most, o.label AS column,
       CASE WHEN o.label IS NOT NULL AND o.most IS NOT NULL
            THEN format(E'ALTER TABLE %s ALTER COLUMN %I TYPE bigint;\nALTER SEQUENCE %s AS bigint', o.table_label, o.name,
                        q.label)
            WHEN s.seqtypid <> 20 AND o.label IS NULL THEN format('ALTER SEQUENCE %s AS bigint', q.label) END AS fix
  FROM relation q
  JOIN pg_sequence s ON s.seqrelid = q.oid AND s.seqincrement > 0 AND NOT s.seqcycle
  LEFT JOIN LATERAL (
       SELECT t.label AS table_label, a.attname AS name, format('%s.%I', t.label, a.attname) AS label,
              CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 END::bigint AS most
         FROM pg_depend d
         JOIN user_table t ON t.oid = d.refobjid
         JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = q.oid AND d.deptype IN ('a', 'i')
          AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
        LIMIT 1) o ON true
 CROSS JOIN LATERAL (
       SELECT (pg_sequence_last_value(q.oid)::numeric - s.seqmin) / nullif(least(s.seqmax, o.most)::numeric - s.seqmin, 0)
                  AS share) u
 WHERE q.kind = 'S' AND u.share >= {percent} / 100.0
 ORDER BY u.share DESC, q.label
