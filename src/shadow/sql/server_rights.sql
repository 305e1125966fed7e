-- Run by the shadow on a server that the user named: what its role may do there.
SELECT r.rolname, r.rolsuper OR r.rolcreatedb, r.rolsuper OR r.rolcreaterole, pg_catalog.pg_is_in_recovery()
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = CURRENT_USER
