-- Run as the owner. $1 the role to work as: whether row-level security lets the present role pass, and whether it may
-- take on the other one.
SELECT r.rolsuper OR r.rolbypassrls AS passes,
       coalesce((SELECT NOT a.rolsuper AND NOT a.rolbypassrls AND pg_has_role(r.oid, a.oid, 'MEMBER')
                 FROM pg_catalog.pg_roles AS a
                 WHERE a.rolname = $1), false) AS may_take_on
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = current_user
