-- Check: Text that was decoded wrongly
-- Severity: warning
-- Cost: C3
-- Mode: probes
-- Why: "MÃ¼ller" was UTF-8 that somebody read as Latin-1, and "�" is what is left of a character that was lost: searches and
--   sorting miss such rows, and each further import makes it worse.
-- Fix: convert_from(convert_to(value, 'LATIN1'), 'UTF8') mends the first kind; the second has to be typed again.
SELECT t.label AS object,
       format('{rows} of %s with wrongly decoded text in %s', t.label, k.names) AS message,
       t.bytes,
       format('SELECT %s FROM %s c{sample} WHERE %s', concat_ws(', ', r.columns, k.shown), t.label, k.broken) AS probe
  FROM user_table t
  LEFT JOIN row_name r ON r.relid = t.oid
 CROSS JOIN LATERAL (
       SELECT string_agg(u.quoted, ', ' ORDER BY u.number) AS names,
              string_agg(format('left(c.%I, 80) AS %I', u.name, left(u.name, 55) || '_text'), ', ' ORDER BY u.number) AS shown,
              -- The bytes of UTF-8 read as Latin-1 or Windows-1252: a capital A with tilde or circumflex before what is
              -- no letter, a small one before a euro sign. The escapes are the regular expression's.
              string_agg(format('c.%I ~ %L', u.name,
                                '[\u00c3\u00c2][\u0080-\u00bf]|\u00e2\u20ac[\u0080-\u00ff\u2018-\u2122]|\ufffd'),
                         ' OR ' ORDER BY u.number) AS broken
         FROM user_column u
        WHERE u.relid = t.oid AND u.type IN ('text'::regtype, 'varchar'::regtype)) k
 WHERE t.kind = 'r' AND k.broken IS NOT NULL AND current_setting('server_encoding') = 'UTF8'
 ORDER BY t.bytes, t.label
