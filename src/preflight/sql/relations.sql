-- Run first by `migrate preflight`. $1: a JSON array of {schema, name, path_schema} as migrations name relations. A row
-- for each one that exists, for each of its partitions and child tables, and for the table of an index: the place in
-- the array, who it is, how it was found, and where its files are. Looks into the catalog itself and takes no lock, for
-- to_regclass() fails where the schema may not be used, and sizes wait for whoever holds the table.
WITH RECURSIVE wanted AS (
    SELECT given.place - 1 AS place, w.schema, w.name, w.path_schema
    FROM json_array_elements($1::json) WITH ORDINALITY AS given (value, place)
    CROSS JOIN LATERAL json_to_record(given.value) AS w (schema text, name text, path_schema text)
),
tree (place, oid, found) AS (
    SELECT w.place, root.oid, 'named'
    FROM wanted AS w
    CROSS JOIN LATERAL (
        SELECT c.oid
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = w.name
            AND CASE w.schema
                WHEN '' THEN n.nspname = w.path_schema OR n.nspname = ANY (current_schemas(true))
                ELSE n.nspname = w.schema
            END
        ORDER BY n.nspname = w.path_schema DESC, array_position(current_schemas(true), n.nspname)
        LIMIT 1
    ) AS root
    UNION
    SELECT tree.place, next.oid, next.found
    FROM tree
    CROSS JOIN LATERAL (
        SELECT h.inhrelid AS oid, 'child' AS found FROM pg_inherits AS h WHERE h.inhparent = tree.oid
        UNION ALL
        SELECT x.indrelid, 'table' FROM pg_index AS x WHERE x.indexrelid = tree.oid
    ) AS next
    WHERE tree.found <> 'table'
)
SELECT
    tree.place,
    c.oid::bigint                              AS oid,
    format('%I.%I', n.nspname, c.relname)      AS name,
    c.relkind                                  AS kind,
    tree.found                                 AS found,
    CASE WHEN c.reltablespace = 0 THEN '' ELSE pg_tablespace_location(c.reltablespace) END AS location
FROM tree
JOIN pg_class AS c USING (oid)
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname <> 'pg_catalog' OR c.relkind <> 'v'
ORDER BY tree.place, tree.found DESC, 3
