-- Run by `migrate plan` to say how big what a statement locks is. $1: a JSON array of quoted names.
-- One row for each that exists: its place in the array, bytes with indexes and partitions, bytes without its indexes,
-- estimated rows or NULL.
SELECT
    wanted.place - 1                                                                  AS place,
    sum(pg_total_relation_size(part.relid))::bigint                                   AS bytes,
    sum(pg_table_size(part.relid))::bigint                                            AS heap_bytes,
    CASE WHEN bool_and(c.reltuples >= 0) THEN sum(c.reltuples)::bigint END            AS rows
FROM json_array_elements_text($1::json) WITH ORDINALITY AS wanted (name, place)
CROSS JOIN LATERAL (SELECT to_regclass(wanted.name) AS oid) AS relation
CROSS JOIN LATERAL (
    SELECT tree.relid::oid AS relid FROM pg_partition_tree(relation.oid) AS tree WHERE tree.isleaf
    UNION
    SELECT relation.oid::oid WHERE relation.oid IS NOT NULL
) AS part
JOIN pg_class AS c ON c.oid = part.relid AND c.relkind IN ('r', 'm', 'i', 't', 'p', 'I')
GROUP BY wanted.place
