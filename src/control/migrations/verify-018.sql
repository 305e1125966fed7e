-- The trigger that knows of places is there, and on always.
SELECT count(*) = 1 AS sealing
FROM pg_trigger AS t
JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgrelid = 'platform.databases'::regclass AND t.tgname = 'databases_seal' AND t.tgenabled = 'A'
  AND p.oid = 'platform.seal_connection_string()'::regprocedure AND p.prosrc LIKE '%secret_place%' AND p.prosecdef;

SELECT platform.secret_place(d) ? 'options' AS whole
FROM jsonb_populate_record(NULL::platform.databases, '{"type": "redis", "host": "h"}') AS d;
