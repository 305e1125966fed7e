-- Run by every command on a target, first: what the rest must know. One row. Looks into the catalog itself, for
-- to_regclass() fails where the schema may not be used.
SELECT
    current_setting('server_version_num')::integer          AS server_version,
    current_database()                                      AS database,
    current_user                                            AS role,
    pg_is_in_recovery()                                     AS in_recovery,
    current_setting('transaction_read_only') = 'on'         AS read_only,
    pg_backend_pid()                                        AS backend_pid,
    history.format IS NOT NULL                              AS history_exists,
    n.oid IS NOT NULL                                       AS schema_exists,
    has_database_privilege(current_database(), 'CREATE')    AS may_create_schema,
    coalesce(
        has_schema_privilege(n.oid, 'USAGE')
            AND has_table_privilege(history.format, 'SELECT') AND has_table_privilege(history.migration, 'SELECT'),
        true
    )                                                       AS may_read_history,
    history.parts                                           AS history_parts,
    current_user = 'drydock' AND strpos(current_setting('search_path'), '$user') > 0 AS own_schema_first
FROM (VALUES ('drydock')) AS ours (name)
LEFT JOIN pg_namespace AS n ON n.nspname = ours.name
LEFT JOIN LATERAL (
    SELECT
        max(c.oid::bigint) FILTER (WHERE c.relname = 'format')::oid    AS format,
        max(c.oid::bigint) FILTER (WHERE c.relname = 'migration')::oid AS migration,
        count(*)                                                       AS parts
    FROM pg_class AS c
    WHERE c.relnamespace = n.oid AND c.relname IN ('format', 'migration')
) AS history ON true
