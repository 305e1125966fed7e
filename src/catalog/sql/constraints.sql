-- Constraints of tables and domains. Left out is what another object says already: constraint triggers, the not
-- null constraints of PostgreSQL 18 that say no more than the column's not_null, and the copies of a foreign key
-- that stand for the partitions of the table it points to.
WITH key AS MATERIALIZED (
    SELECT co.oid, co.conrelid, k.attnum, k.place
    FROM pg_constraint co
    CROSS JOIN unnest(co.conkey) WITH ORDINALITY AS k (attnum, place)
    WHERE co.conrelid >= 16384
), listed AS (
    SELECT key.oid, array_agg(a.attname ORDER BY key.place) AS columns
    FROM key
    JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = key.attnum
    GROUP BY key.oid
), changed AS (
    SELECT t.tgconstraint, array_agg(
        p.proname || ': ' || CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END
    ) AS triggers
    FROM pg_trigger t
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgconstraint <> 0 AND t.tgisinternal AND t.tgenabled <> 'O'
    GROUP BY t.tgconstraint
)
SELECT 'pg_constraint'::regclass::oid AS _catalog, co.oid AS _oid, n.nspname AS _schema,
    coalesce(c.relname, t.typname) AS _parent, co.conname AS _name,
    CASE co.contype
        WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique'
        WHEN 'x' THEN 'exclude' WHEN 'n' THEN 'not null'
    END AS constraint_type,
    regexp_replace(pg_get_constraintdef(co.oid), ' NOT VALID$', '') AS definition,
    CASE WHEN NOT co.convalidated THEN 'true' END AS not_valid,
    CASE WHEN NOT co.conenforced THEN 'true' END AS not_enforced,  -- 18+
    changed.triggers,
    CASE WHEN co.contype IN ('p', 'u', 'x') THEN i.relname END AS "index",
    CASE WHEN co.contype = 'f' THEN co.confrelid::regclass END AS "references",
    listed.columns,
    parent.conname AS parent_constraint,
    CASE WHEN co.coninhcount > 0 THEN CASE WHEN co.conislocal THEN 'also local' ELSE 'only' END END AS inherited
FROM pg_constraint co
JOIN pg_namespace n ON n.oid = co.connamespace
LEFT JOIN pg_class c ON c.oid = co.conrelid
LEFT JOIN pg_type t ON t.oid = co.contypid
LEFT JOIN pg_class i ON i.oid = co.conindid
LEFT JOIN pg_constraint parent ON parent.oid = co.conparentid
LEFT JOIN listed ON listed.oid = co.oid
LEFT JOIN changed ON changed.tgconstraint = co.oid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND co.contype IN ('c', 'f', 'p', 'u', 'x', 'n')
    AND (parent.oid IS NULL OR parent.conrelid <> co.conrelid)
    AND (
        co.contype <> 'n' OR NOT co.convalidated OR co.connoinherit
        OR co.conname <> coalesce(c.relname || '_' || listed.columns[1], t.typname) || '_not_null'
    )
