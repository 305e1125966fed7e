-- Tables, foreign tables, views and materialized views.
WITH chosen AS (
    SELECT i.indrelid,
        max(c.relname) FILTER (WHERE i.indisclustered) AS clustered_on,
        max(c.relname) FILTER (WHERE i.indisreplident) AS replica_identity
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisclustered OR i.indisreplident
    GROUP BY i.indrelid
), parent AS (
    SELECT i.inhrelid,
        array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) AS names,
        bool_or(i.inhdetachpending) AS detach_pending  -- 14+
        -- <14: false AS detach_pending
    FROM pg_inherits i
    GROUP BY i.inhrelid
)
SELECT CASE c.relkind
        WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table'
    END AS _kind,
    'pg_class'::regclass::oid AS _catalog, c.oid AS _oid, c.relfilenode AS _storage, n.nspname AS _schema,
    c.relname AS _name,
    pg_get_userbyid(c.relowner) AS owner,
    c.relacl AS acl,
    CASE WHEN c.relacl IS NOT NULL THEN acldefault('r', c.relowner) END AS _acl_default,
    coalesce(c.reloptions, ft.ftoptions) AS options,
    toast.reloptions AS toast_options,
    ts.spcname AS tablespace,
    CASE WHEN c.relpersistence = 'u' THEN 'unlogged' END AS persistence,
    nullif(am.amname, 'heap') AS access_method,
    CASE WHEN c.relkind IN ('r', 'p', 'm') THEN CASE c.relreplident
        WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index ' || coalesce(chosen.replica_identity, '')
    END END AS replica_identity,
    CASE WHEN c.relrowsecurity THEN 'true' END AS row_security,
    CASE WHEN c.relforcerowsecurity THEN 'true' END AS force_row_security,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
    CASE WHEN c.relispartition THEN parent.names[1] END AS partition_of,
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
    CASE WHEN parent.detach_pending THEN 'true' END AS detach_pending,
    CASE WHEN NOT c.relispartition THEN parent.names END AS inherits,
    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
    chosen.clustered_on,
    CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'true' END AS not_populated,
    fs.srvname AS server,
    CASE WHEN c.relkind IN ('v', 'm') THEN btrim(pg_get_viewdef(c.oid), ' ;') END AS definition
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN chosen ON chosen.indrelid = c.oid
LEFT JOIN parent ON parent.inhrelid = c.oid
LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid
LEFT JOIN pg_foreign_server fs ON fs.oid = ft.ftserver
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
