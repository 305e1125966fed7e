-- Check: Text of an unknown encoding
-- Severity: critical
-- Cost: C3
-- Mode: probes
-- Why: a database in SQL_ASCII takes any bytes. What isn't UTF-8 there can't be restored into another database, and each
--   program reads it as something else.
-- Fix: convert such rows, dump the database and restore it into one in UTF8.
SELECT t.label AS object,
       format('{rows} of %s with bytes that are no UTF-8 in %s', t.label, k.names) AS message,
       t.bytes,
       format('SELECT %s FROM %s c{sample} WHERE %s', concat_ws(', ', r.columns, k.shown), t.label, k.broken) AS probe
  FROM user_table t
  LEFT JOIN row_name r ON r.relid = t.oid
 CROSS JOIN LATERAL (
       SELECT string_agg(u.quoted, ', ' ORDER BY u.number) AS names,
              string_agg(format('encode(left(c.%I, 40)::bytea, ''escape'') AS %I', u.name, left(u.name, 55) || '_bytes'),
                         ', ' ORDER BY u.number) AS shown,
              -- All bytes beyond ASCII stand in whole sequences; in hexadecimal, byte by byte.
              string_agg(format('encode(convert_to(c.%I, ''SQL_ASCII''), ''hex'') !~ %L', u.name,
                                '^([0-7].|c[2-9a-f][89ab].|d.[89ab].|e.([89ab].){2}|f[0-4]([89ab].){3})*$'),
                         ' OR ' ORDER BY u.number) AS broken
         FROM user_column u
        WHERE u.relid = t.oid AND u.type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)) k
 WHERE t.kind = 'r' AND k.broken IS NOT NULL AND current_setting('server_encoding') = 'SQL_ASCII'
 ORDER BY t.bytes, t.label
