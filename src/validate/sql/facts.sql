-- The runner, at its start: one row about the target and what the role that asks may do.
SELECT current_database() AS database,
       current_user AS role,
       current_setting('server_version_num')::integer AS server_version,
       (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) AS superuser,
       (SELECT coalesce(string_agg(e.extname, E'\n'), '') FROM pg_catalog.pg_extension e) AS extensions,
       (SELECT coalesce(string_agg(r.rolname, E'\n'), '')
          FROM pg_catalog.pg_roles r
         WHERE r.rolname LIKE 'pg\_%' AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')) AS roles
