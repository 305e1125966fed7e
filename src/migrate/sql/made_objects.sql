-- Run by `migrate verify`. $1: a JSON array of {kind, schema, path_schema, table, name} that applied migrations made. A
-- row each: its place, whether it is there, in which other schema one like it is, and what is wrong with it.
WITH wanted AS (
    SELECT given.place - 1 AS place, w.kind, w.schema, w.path_schema, w."table" AS owner, w.name
    FROM json_array_elements($1::json) WITH ORDINALITY AS given (value, place)
    CROSS JOIN LATERAL json_to_record(given.value) AS w (
        kind text, schema text, path_schema text, "table" text, name text
    )
)
SELECT
    w.place,
    coalesce(bool_or(found.here), false)                                        AS there,
    string_agg(DISTINCT found.schema, ', ') FILTER (WHERE NOT found.here)       AS elsewhere,
    min(found.flaw) FILTER (WHERE found.here)                                   AS flaw
FROM wanted AS w
LEFT JOIN LATERAL (
    SELECT
        object.schema,
        CASE
            WHEN object.schema IS NULL THEN true
            WHEN w.schema <> '' THEN object.schema = w.schema
            ELSE object.schema = w.path_schema OR object.schema = ANY (current_schemas(false))
        END AS here,
        object.flaw
    FROM (
        SELECT
            n.nspname::text AS schema,
            CASE WHEN x.indisvalid = false THEN 'invalid' END AS flaw
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_index AS x ON x.indexrelid = c.oid
        WHERE c.relname = w.name
            AND c.relkind = ANY (
                CASE w.kind
                    WHEN 'table' THEN '{r,p,f}'
                    WHEN 'view' THEN '{v}'
                    WHEN 'materialized view' THEN '{m}'
                    WHEN 'sequence' THEN '{S}'
                    WHEN 'index' THEN '{i,I}'
                    ELSE '{}'
                END::"char"[]
            )
        UNION ALL
        SELECT n.nspname::text, NULL
        FROM pg_type AS t
        JOIN pg_namespace AS n ON n.oid = t.typnamespace
        WHERE w.kind = 'type' AND t.typname = w.name
        UNION ALL
        SELECT n.nspname::text, NULL
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE w.kind IN ('function', 'procedure') AND p.proname = w.name
        UNION ALL
        SELECT NULL, NULL FROM pg_namespace AS n WHERE w.kind = 'schema' AND n.nspname = w.name
        UNION ALL
        SELECT NULL, NULL FROM pg_extension AS e WHERE w.kind = 'extension' AND e.extname = w.name
        UNION ALL
        SELECT n.nspname::text, part.flaw
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (
            SELECT NULL::text AS flaw
            FROM pg_attribute AS a
            WHERE w.kind = 'column' AND a.attrelid = c.oid AND a.attname = w.name AND a.attnum > 0
                AND NOT a.attisdropped
            UNION ALL
            SELECT NULL FROM pg_trigger AS t WHERE w.kind = 'trigger' AND t.tgrelid = c.oid AND t.tgname = w.name
            UNION ALL
            SELECT NULL FROM pg_policy AS y WHERE w.kind = 'policy' AND y.polrelid = c.oid AND y.polname = w.name
            UNION ALL
            SELECT CASE WHEN NOT k.convalidated THEN 'not validated' END
            FROM pg_constraint AS k
            WHERE w.kind = 'constraint' AND k.conrelid = c.oid AND k.conname = w.name
        ) AS part
        WHERE w.kind IN ('column', 'trigger', 'policy', 'constraint') AND c.relname = w.owner
        UNION ALL
        SELECT n.nspname::text, CASE WHEN NOT k.convalidated THEN 'not validated' END
        FROM pg_constraint AS k
        JOIN pg_type AS t ON t.oid = k.contypid
        JOIN pg_namespace AS n ON n.oid = t.typnamespace
        WHERE w.kind = 'constraint' AND k.conname = w.name AND (w.owner = '' OR t.typname = w.owner)
    ) AS object
) AS found ON true
GROUP BY w.place
ORDER BY w.place
