-- Indexes, those of constraints too. Their options stand in the definition.
WITH target AS (
    SELECT a.attrelid, array_agg(a.attnum || '=' || a.attstattarget ORDER BY a.attnum) AS statistics
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('i', 'I')
    WHERE a.attnum > 0 AND a.attstattarget >= 0
    GROUP BY a.attrelid
)
SELECT 'pg_class'::regclass::oid AS _catalog, ic.oid AS _oid, ic.relfilenode AS _storage, n.nspname AS _schema,
    c.relname AS _parent, ic.relname AS _name,
    pg_get_indexdef(i.indexrelid) AS definition,
    ts.spcname AS tablespace,
    CASE WHEN NOT i.indisvalid THEN 'true' END AS invalid,
    CASE WHEN NOT i.indisready THEN 'true' END AS not_ready,
    CASE WHEN i.indisunique THEN 'true' END AS "unique",
    co.conname AS backs,
    h.inhparent::regclass AS partition_of,
    target.statistics AS index_statistics
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = ic.relnamespace
LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
LEFT JOIN pg_constraint co ON co.conindid = i.indexrelid AND co.conrelid = i.indrelid
    AND co.contype IN ('p', 'u', 'x')
LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
LEFT JOIN target ON target.attrelid = i.indexrelid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
