-- Run by the gate `data`. $1: quoted names of relations with their schema, one a line. A row each: its name, and the
-- columns of its primary key as a list; without one, where its rows are.
SELECT
    wanted.name,
    coalesce(
        (
            SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
            FROM pg_index AS x
            CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number
            WHERE x.indrelid = c.oid AND x.indisprimary
        ),
        'ctid'
    ) AS keys
FROM unnest(string_to_array($1, E'\n')) AS wanted (name)
JOIN pg_class AS c ON c.relname <> ''
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE wanted.name IN (
    quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    CASE WHEN pg_table_is_visible(c.oid) THEN quote_ident(c.relname) END
)
