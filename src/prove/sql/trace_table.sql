-- Run by a trace before a statement that runs outside of transactions: the tables to hold, as SQL names them. Of an
-- index its table; $1 is a quoted name, as the session finds it.
SELECT coalesce(i.indrelid, c.oid)::pg_catalog.regclass::pg_catalog.text, n.nspname, t.relname
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
JOIN pg_catalog.pg_class AS t ON t.oid = coalesce(i.indrelid, c.oid)
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.oid = pg_catalog.to_regclass($1::pg_catalog.text)
  AND t.relkind IN ('r', 'p')
