-- Run by the gate `disk`. One row: where the server's files are (NULL: the role may not know), how we are connected
-- (NULL: by a Unix socket), and when the server was started, in seconds since 1970.
SELECT
    CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END AS directory,
    host(inet_server_addr())                                                                           AS address,
    floor(extract(epoch FROM pg_postmaster_start_time()))::bigint                                      AS started
