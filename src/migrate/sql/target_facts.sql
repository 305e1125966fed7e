-- Run by every command on a target, first: what the rest must know. One row.
SELECT
    current_setting('server_version_num')::integer                                  AS server_version,
    current_database()                                                              AS database,
    current_user                                                                    AS role,
    pg_is_in_recovery()                                                             AS in_recovery,
    current_setting('transaction_read_only') = 'on'                                 AS read_only,
    pg_backend_pid()                                                                AS backend_pid,
    to_regclass('drydock.format') IS NOT NULL                                       AS history_exists,
    to_regnamespace('drydock') IS NOT NULL                                          AS schema_exists,
    has_database_privilege(current_database(), 'CREATE')                            AS may_create_schema,
    coalesce(has_table_privilege(to_regclass('drydock.migration'), 'SELECT'), true) AS may_read_history
