-- Run by a trace before and after each statement: what is left in a state that somebody has to finish.
SELECT pg_catalog.format('index %s is invalid', i.indexrelid::pg_catalog.regclass)
FROM pg_catalog.pg_index AS i
WHERE NOT i.indisvalid
UNION ALL
SELECT pg_catalog.format('constraint %I of %s is NOT VALID', k.conname, k.conrelid::pg_catalog.regclass)
FROM pg_catalog.pg_constraint AS k
WHERE NOT k.convalidated AND k.conrelid <> 0
UNION ALL
SELECT pg_catalog.format('triggers of the foreign key %I of %s are disabled', k.conname, k.conrelid::pg_catalog.regclass)
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
WHERE t.tgisinternal AND t.tgenabled = 'D'
UNION ALL
SELECT pg_catalog.format('materialized view %s is not populated', c.oid::pg_catalog.regclass)
FROM pg_catalog.pg_class AS c
WHERE c.relkind = 'm' AND NOT c.relispopulated
