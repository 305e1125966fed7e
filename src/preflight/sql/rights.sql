-- Run by the gate `rights`. $1: a JSON array of {kind, schema, name, path_schema}; $2: the role that runs the
-- migrations. A row for each right that it lacks on what is there: the place in the array, the full name, its owner.
SELECT given.place - 1 AS place, found.label, found.owner
FROM json_array_elements($1::json) WITH ORDINALITY AS given (value, place)
CROSS JOIN LATERAL json_to_record(given.value) AS w (kind text, schema text, name text, path_schema text)
CROSS JOIN LATERAL (
    (
        SELECT
            format('%I.%I', n.nspname, c.relname) AS label,
            pg_get_userbyid(c.relowner)           AS owner,
            CASE w.kind
                WHEN 'own_relation' THEN pg_has_role($2, c.relowner, 'USAGE')
                WHEN 'read_rows' THEN
                    has_table_privilege($2, c.oid, 'SELECT') OR has_any_column_privilege($2, c.oid, 'SELECT')
                WHEN 'insert_rows' THEN
                    has_table_privilege($2, c.oid, 'INSERT') OR has_any_column_privilege($2, c.oid, 'INSERT')
                WHEN 'update_rows' THEN
                    has_table_privilege($2, c.oid, 'UPDATE') OR has_any_column_privilege($2, c.oid, 'UPDATE')
                WHEN 'delete_rows' THEN has_table_privilege($2, c.oid, 'DELETE')
                WHEN 'truncate' THEN has_table_privilege($2, c.oid, 'TRUNCATE')
            END                                   AS granted
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE w.kind IN ('own_relation', 'read_rows', 'insert_rows', 'update_rows', 'delete_rows', 'truncate')
            AND c.relname = w.name
            AND CASE w.schema
                WHEN '' THEN n.nspname = w.path_schema OR n.nspname = ANY (current_schemas(true))
                ELSE n.nspname = w.schema
            END
        ORDER BY n.nspname = w.path_schema DESC, array_position(current_schemas(true), n.nspname)
        LIMIT 1
    )
    UNION ALL
    (
        SELECT format('%I.%I', n.nspname, t.typname), pg_get_userbyid(t.typowner), pg_has_role($2, t.typowner, 'USAGE')
        FROM pg_type AS t
        JOIN pg_namespace AS n ON n.oid = t.typnamespace
        WHERE w.kind = 'own_type'
            AND t.typname = w.name
            AND CASE w.schema
                WHEN '' THEN n.nspname = w.path_schema OR n.nspname = ANY (current_schemas(false))
                ELSE n.nspname = w.schema
            END
        ORDER BY n.nspname = w.path_schema DESC, array_position(current_schemas(false), n.nspname)
        LIMIT 1
    )
    UNION ALL
    -- Of several functions by one name, one that is the role's own is enough here: which is meant is not known.
    SELECT
        format('%I.%I', n.nspname, p.proname),
        min(pg_get_userbyid(p.proowner)::text),
        bool_or(pg_has_role($2, p.proowner, 'USAGE'))
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE w.kind = 'own_routine'
        AND p.proname = w.name
        AND CASE w.schema
            WHEN '' THEN n.nspname = w.path_schema OR n.nspname = ANY (current_schemas(false))
            ELSE n.nspname = w.schema
        END
    GROUP BY n.nspname, p.proname
    UNION ALL
    SELECT format('%I', n.nspname), pg_get_userbyid(n.nspowner), has_schema_privilege($2, n.oid, 'CREATE')
    FROM pg_namespace AS n
    WHERE w.kind = 'create_in_schema'
        AND n.nspname = coalesce(nullif(w.schema, ''), nullif(w.path_schema, ''), (current_schemas(false))[1])
    UNION ALL
    SELECT current_database(), pg_get_userbyid(d.datdba), has_database_privilege($2, d.oid, 'CREATE')
    FROM pg_database AS d
    WHERE w.kind = 'create_schema' AND d.datname = current_database()
) AS found
WHERE NOT found.granted
ORDER BY given.place
